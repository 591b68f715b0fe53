"""The system log: security, settings and who looked; mails; uses of models (spec 41 §15)."""

import csv
import io
from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import Any

from msgspec import structs

from procession.activity import log
from procession.activity.log import (
    Delivered,
    Entry,
    LogSearch,
    entries,
    entries_after,
    every_entry,
    kind_of,
    mail_of,
    mails,
    mails_after,
    note_view,
)
from procession.activity.log_queries import MAIL_SORTS, SORTS
from procession.api.cursors import NEWEST, OLDEST, UNKNOWN, cursor_meta, read_cursor
from procession.api.endpoint import Call, Reply, operation, spool
from procession.api.filters import Filters
from procession.api.log_entries import COLUMNS, LogEntry, mail_entry, row_of, shown_entry
from procession.engine.model import Notice
from procession.kernel.errors import Invalid, NotFound
from procession.kernel.folding import holding
from procession.kernel.ids import read_id
from procession.kernel.paging import Page, read_page
from procession.people.model import member
from procession.people.permissions import require
from procession.people.persons import persons
from procession.wire.paging import paged

BASE = "/organizations/{org}/system-log/{type}"
TABS = ("system", "email", "ai")
SIZES = (25, 50, 100, 200)
AT_A_TIME = 500
"""How many mails an export reads at a time."""

USUAL_SPAN = timedelta(hours=24)
STATUSES = ("sent", "delivered", "failed", "bounced", "unsubscribed", "complained")
TEXTS = {"search": "search", "event_contains": "event", "message_contains": "message"}
OF_MAILS = {"search": "search", "recipient_contains": "recipient", "subject_contains": "subject",
            "message_contains": "message"}  # fmt: skip
FILTERS = (
    "from", "to", "category", "event", "severity", "search", "event_contains", "message_contains",
    "recipient_contains", "subject_contains", "actor_id", "include_pre_auth", "sort_by",
)  # fmt: skip


@operation("GET", BASE, id="listSystemLog", acts=("organization.change",),
           query=(*FILTERS, "page", "per_page", "cursor"),
           answer=list[LogEntry], tag="Organization", records=True)  # fmt: skip
def list_log(call: Call) -> Reply:
    """Read the system log, newest first: `system`, `email` or `ai`"""
    tab, search, statuses = _asked(call)
    page = _page(call)
    if "cursor" in call.query:
        body = _walked(call, tab, search, statuses, page.size)
    else:
        shown, total = _found(call, tab, search, statuses, page)
        body = paged(shown, page, total, call.links)
    note_view(call.unit, tab, call.query, export=False)
    return Reply(body=body)


def _walked(call: Call, tab: str, search: LogSearch, statuses: list[str], size: int) -> dict[str, Any]:
    """The next entries of a walk by time: nothing is counted, and what is told meanwhile shifts nothing."""
    if tab == "email":
        sent = mails_after(call.unit, search, statuses, _after_mail(call), size + 1)
        meta = cursor_meta(NEWEST, None, len(sent[:size]), size)
        meta["next"] = sent[size - 1].id if len(sent) > size else None
        return {"data": [mail_entry(one) for one in sent[:size]], "meta": {"cursor": meta}}
    order, after = read_cursor(call, OLDEST if search.ascending and search.sort == "created_at" else NEWEST)
    found: list[Entry] = []
    if tab == "system":
        search = structs.replace(search, ascending=order == OLDEST)
        found = entries_after(call.unit, search, after, size + 1)
    last = found[size - 1].id if len(found) > size else None
    shown = _shown(call, found[:size])
    return {"data": shown, "meta": {"cursor": cursor_meta(order, last, len(shown), size)}}


def _after_mail(call: Call) -> Delivered | None:
    """The mail that a walk goes on after: its cursor is its id. 422 for any other text."""
    text = (call.query.text("cursor") or "").strip()
    found = mail_of(call.unit, read_id(text) or "") if text else None
    if text and found is None:
        raise Invalid(UNKNOWN)
    return found


@operation("GET", f"{BASE}/export", id="exportSystemLog", acts=("organization.change",), query=FILTERS,
           binary="text/csv", tag="Organization", records=True)  # fmt: skip
def export_log(call: Call) -> Reply:
    """Read the whole of what the filters find, as CSV"""
    tab, search, statuses = _asked(call)
    table = spool(_lines(_rows(call, tab, search, statuses)))
    note_view(call.unit, tab, call.query, export=True)
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": f'attachment; filename="log-{tab}.csv"',
    }
    return Reply(spooled=table, headers=headers)


def _rows(call: Call, tab: str, search: LogSearch, statuses: list[str]) -> Iterator[list[str]]:
    """A row for each entry, some hundred of them in memory at a time (spec 41 LOG-2)."""
    if tab == "email":
        number, left = 1, 1
        while left > 0:
            sent, total = mails(call.unit, search, statuses, Page(number, AT_A_TIME))
            yield from (row_of(mail_entry(one)) for one in sent)
            number, left = number + 1, total - number * AT_A_TIME
    elif tab == "system":
        known: dict[int, Any] = {}
        for one in every_entry(call.unit, search):
            account_id = _account(one.actor)
            if account_id is not None and account_id not in known:
                known[account_id] = persons(call.unit, [account_id]).get(account_id)
            yield row_of(shown_entry(one, known))


def _lines(rows: Iterator[list[str]]) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(row)
        yield text.getvalue().encode()
        text.seek(0)
        text.truncate()
    yield text.getvalue().encode()


def _found(call: Call, tab: str, search: LogSearch, statuses: list[str], page: Page) -> tuple[list[LogEntry], int]:
    if tab == "ai":
        return [], 0  # no model was ever asked
    if tab == "email":
        sent, total = mails(call.unit, search, statuses, page)
        return [mail_entry(one) for one in sent], total
    found, total = entries(call.unit, search, page)
    return _shown(call, found), total


def _shown(call: Call, found: list[Entry]) -> list[LogEntry]:
    wanted = [account_id for one in found if (account_id := _account(one.actor)) is not None]
    known = persons(call.unit, wanted)
    return [shown_entry(one, known) for one in found]


def _account(principal: str) -> int | None:
    return int(principal[1:]) if principal.startswith("u") and principal[1:].isdigit() else None


def _page(call: Call) -> Page:
    page = read_page(call.query, 50, SIZES[-1])
    size = next((one for one in SIZES if one >= page.size), SIZES[-1])
    return Page(page.number, size)


def _asked(call: Call) -> tuple[str, LogSearch, list[str]]:
    """The tab and the filters: 404 for another tab, 403, then 422 naming every filter that cannot be read."""
    tab = call.path["type"].strip().lower()
    if tab not in TABS:
        raise NotFound
    require(call.actor, "organization.change")
    filters, query = Filters(call), call.query
    now = call.unit.now
    until = filters.moment("to", end=True) or now + timedelta(microseconds=1)
    since = filters.moment("from") or until - USUAL_SPAN
    kept = call.policy.log_days
    oldest = now - timedelta(days=kept)
    if since < oldest:
        if query.text("from") is not None:
            filters.wrong("from", f"The from may not be more than {kept} days ago.")
        since = oldest
    names = OF_MAILS if tab == "email" else TEXTS
    asked = {name: query.text(member) for member, name in names.items()}
    texts = {name: holding(one.strip().lower()[:100]) for name, one in asked.items() if one is not None}
    only_mails = tab == "system" and any(query.text(one) for one in ("recipient_contains", "subject_contains"))
    kinds, nothing = _kinds(call, tab)
    sort, ascending = _sort(call, MAIL_SORTS if tab == "email" else SORTS)
    search = LogSearch(
        since=since, until=until, kinds=kinds, texts=texts, actor=_actor(filters),
        before_sign_in=filters.flag("include_pre_auth") is not False, sort=sort, ascending=ascending,
        nothing=nothing or only_mails,
    )  # fmt: skip
    filters.refuse_wrong()
    return tab, search, _statuses(call)


def _kinds(call: Call, tab: str) -> tuple[tuple[str, ...], bool]:
    """The kinds of events that names, categories and severities leave; the second is true when that is none."""
    query = call.query
    names = [one.lower() for one in query.items_of("event")]
    categories = {one.lower() for one in query.items_of("category")}
    severities = {one.lower() for one in query.items_of("severity")}
    if tab != "system":
        return (), bool(categories - {"email"}) and "email" not in categories
    if not names and not categories and not severities:
        return (), False
    known = names or log.EVENTS
    kept = [
        one
        for one in known
        if (not categories or log.category_of(one) in categories)
        and (not severities or ("warning" if one in log.WARNINGS else "info") in severities)
    ]
    return tuple(kind_of(one) for one in kept), not kept


def _statuses(call: Call) -> list[str]:
    named = {one.lower().removeprefix("email_") for one in call.query.items_of("event")}
    severities = {one.lower() for one in call.query.items_of("severity")}
    wanted = [one for one in STATUSES if not named or one in named]
    return [one for one in wanted if not severities or ("error" if one == "failed" else "info") in severities]


def _actor(filters: Filters) -> str | None:
    named = filters.query.text("actor_id")
    if named is None:
        return None
    word = named.strip().lower()
    if word == "bot":
        return "system"
    if not word.isascii() or not word.isdigit() or len(word) > 15:
        filters.wrong("actor_id", "The actor id must be an integer, or bot.")
        return None
    return member(int(word))


def _sort(call: Call, known: Collection[str]) -> tuple[str, bool]:
    word = (call.query.text("sort_by") or "-created_at").strip().lower()
    name = word.removeprefix("-").removeprefix("+")
    if name not in known:
        call.warnings.append(Notice("UNKNOWN_SORT_KEY", name[:100]))
        return "created_at", False
    return name, not word.startswith("-")
