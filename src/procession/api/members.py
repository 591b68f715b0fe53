"""The members of an organization (spec 40 §12.1-12.3)."""

from procession.api.endpoint import Call, Reply, operation
from procession.api.member_includes import member_reply, present
from procession.api.sorting import read_sort
from procession.kernel.errors import NotFound
from procession.kernel.ids import read_id
from procession.kernel.paging import UNPAGED, Page, read_page
from procession.people.members import BY_NAME, MemberSearch, find_member, list_members
from procession.people.permissions import require
from procession.people.records import Member
from procession.wire.paging import paged
from procession.wire.person import MinimalUser, User, minimal_user

USERS = "/organizations/{org}/users"
LARGEST = 9999
KEYS = {
    "name": "first_name",
    **{
        one: one
        for one in (
            "first_name", "last_name", "full_name", "email", "role", "status", "created_at", "last_login_at",
            "last_accessed_at",
        )
    },
}  # fmt: skip


@operation(
    "GET",
    USERS,
    id="listUsers",
    acts=("member.list",),
    query=(
        "q", "status", "role", "group", "include_bots", "with", "page", "per_page", "limit", "sort", "sort_by",
        "sort_direction", "without_pagination", "pagination",
    ),
    answer=list[User],
    tag="Members",
)  # fmt: skip
def list_users(call: Call) -> Reply:
    """List members: active, invited and disabled ones, and the bot"""
    require(call.actor, "member.list")
    page = read_page(call.query, LARGEST, LARGEST)
    found, total = list_members(call.unit, _search(call), page)
    return Reply(body=paged(present(call, found), page, total, call.links))


def _search(call: Call) -> MemberSearch:
    query = call.query
    groups = tuple(one for one in map(read_id, query.items_of("group")) if one is not None)
    return MemberSearch(
        text=query.text("q"),
        statuses=tuple(one.lower() for one in query.items_of("status")),
        roles=tuple(one.lower() for one in query.items_of("role")),
        groups=groups or (("",) if query.items_of("group") else ()),
        bots=query.flag("include_bots") is not False,
        order=read_sort(call, KEYS, BY_NAME),
    )


@operation(
    "GET", "/organizations/{org}/users-list", id="listUsersMinimal", acts=("member.list",), answer=list[MinimalUser],
    tag="Members",
)  # fmt: skip
def list_users_minimal(call: Call) -> Reply:
    """List members in short, all at once"""
    require(call.actor, "member.list")
    found, _ = list_members(call.unit, MemberSearch(), Page(1, UNPAGED, unpaged=True))
    return Reply(body={"data": [minimal_user(one) for one in found], "count": len(found)})


@operation("GET", USERS + "/{user}", id="getUser", acts=("member.open",), query=("with",), answer=User, tag="Members")
def get_user(call: Call) -> Reply:
    """Read one member: administrators anybody, others themselves"""
    named = call.path["user"]
    account_id = int(named) if named.isascii() and named.isdigit() and len(named) < 16 else None
    if account_id is None:
        raise NotFound
    require(call.actor, "member.open", {"oneself"} if account_id == call.actor.account_id else ())
    return _reply(call, find_member(call.unit, account_id))


@operation("GET", "/organizations/{org}/me", id="getOwnUser", acts=("me.see",), query=("with",), answer=User, tag="Me")
def get_own_user(call: Call) -> Reply:
    """Read oneself in this organization"""
    require(call.actor, "me.see")
    return _reply(call, find_member(call.unit, call.actor.account_id or 0))


def _reply(call: Call, found: Member | None) -> Reply:
    if found is None:
        raise NotFound
    return member_reply(call, found)
