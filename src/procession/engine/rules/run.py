"""Running the rules: an event comes in, passes follow each other until nothing is left to do (spec 31 §6)."""

from procession.engine.rules.book import RuleBook
from procession.engine.rules.state import Event, Outcome, Situation

DEPTH_LIMIT = 10
"""Generations of events that one outer event may have, its own included (spec 31 §6.5)."""

PASSES_LIMIT = 100
"""Passes that one outer event may have."""

LOOP = "Automation loop stopped"


def evaluate(book: RuleBook, situation: Situation, event: Event) -> Outcome:
    """What `event` makes the rules of `book` do to the process in `situation`, cascades included (spec 31 §6).

    Never raises on bad data. `launched` hides first what is hidden from the start, wherever that was not done yet.
    Several events of one act are evaluated one after the other, each on the situation of the outcome before.
    Everything written, the memory too, belongs into the transaction of the event itself.
    """
    raise NotImplementedError
