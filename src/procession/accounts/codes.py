"""Authorization codes when they are over."""

from datetime import timedelta

from procession.accounts import oauth_queries as queries
from procession.kernel.unit import Unit


def forget_codes(unit: Unit) -> None:
    """Delete codes of which nobody has to know any more that they were used."""
    unit.write(queries.FORGET_CODES, before=unit.now - timedelta(days=1))
