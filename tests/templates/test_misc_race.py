"""The template that carries processes without one is made once, also when two make it at the same moment."""

from typing import Any

from procession.kernel.unit import Unit
from procession.templates import queries
from procession.templates.access import misc_template
from tests.support.server import Caller, Running


def test_whoever_comes_second_takes_the_first_ones(server: Running, owner: Caller) -> None:
    def make(session: Any) -> str:
        return misc_template(Unit(session, owner.organization, server.clock.now())).id

    def late(session: Any) -> str:
        unit = Blind(session, owner.organization, server.clock.now())
        return misc_template(unit).id

    assert server.database.command_now(make) == server.database.command_now(late)


class Blind(Unit):
    """A unit that does not see the template at its first look, as one that began before it was committed."""

    __slots__ = ("looked",)

    def one(self, query: Any, **parameters: Any) -> Any:
        if query is queries.TEMPLATE_BY_ALIAS and not hasattr(self, "looked"):
            self.looked = True
            return None
        return super().one(query, **parameters)
