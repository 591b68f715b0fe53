"""The countries that a profile may name (spec 40 §9.6)."""

from procession.api.endpoint import Call, Reply, operation
from procession.api.me import account_of
from procession.people.countries import Country, countries


@operation("GET", "/countries", id="listCountries", auth="account", acts=("me.see",), answer=list[Country], tag="Other")
def list_countries(call: Call) -> Reply:
    """List the countries that a profile may name"""
    account_of(call)
    return Reply(body={"data": list(countries().values())})
