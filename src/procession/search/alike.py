"""Words one typing error away (SRCH-04): one letter more, less, another, or two that changed places.

One error leaves the beginning or the end of a word as it is, so that two look-ups in the list of words find every
candidate; rapidfuzz says which of them are near enough.
"""

from collections.abc import Mapping, Sequence

from rapidfuzz.distance import OSA

from procession.kernel.unit import Unit
from procession.search import queries
from procession.search.asking import Term

SHORTEST = 5
"""Letters of a word that may hold an error."""
LISTED = 4
"""Letters of the shortest word in the list: one less than `SHORTEST`."""
MOST_ALIKE = 20
"""Words that stand in for one: those that most documents have."""
MOST_WORDS = 8
"""More words of one search are taken as they are."""
_LAST = "\U0010ffff"


def is_listed(word: str) -> bool:
    """Whether a word is kept for comparison: letters alone, since a number that is another is another."""
    return len(word) >= LISTED and word.isalpha()


def alike(unit: Unit, terms: Sequence[Term]) -> Mapping[str, Sequence[str]]:
    """For the single words among the terms the others that they may stand for."""
    asked = [one.words[0] for one in terms if one.key is not None and len(one.words[0]) >= SHORTEST]
    found = {}
    for word in dict.fromkeys([one for one in asked if one.isalpha()][:MOST_WORDS]):
        if near := _near(unit, word):
            found[word] = near
    return found


def _near(unit: Unit, word: str) -> list[str]:
    half = (len(word) - 1) // 2
    # An error at the letter `half` or later leaves what stands before it; an earlier one what stands after it.
    head, tail = word[:half], word[half + 1 :][::-1]
    rows = unit.all(
        queries.TERMS_LIKE, head=head, head_end=head + _LAST, tail=tail, tail_end=tail + _LAST,
        shortest=len(word) - 1, longest=len(word) + 1,
    )  # fmt: skip
    near = [(count, one) for one, count in rows if one != word and OSA.distance(word, one, score_cutoff=1) <= 1]
    return [one for _, one in sorted(near, key=lambda found: (-found[0], found[1]))[:MOST_ALIKE]]
