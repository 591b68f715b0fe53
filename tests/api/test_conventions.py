"""What every endpoint follows (spec 00 §2-6, 11, 12, 15, 16, 17, 20), shown on tasks and processes."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from procession.server.app import HTTPS_ONLY, PRELOADED
from procession.server.limiter import Limiter
from procession.server.serving import build
from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, Process, make_oneoff, make_process, unchanged
from tests.support.server import NO_TLS, Answer, Caller, Running, run_server

NUMBER = re.compile(r"[0-9]+")


@pytest.fixture
def process(owner: Caller) -> Process:
    return make_process(owner, {"title": "A"})


def plain(server: Running, method: str, path: str, headers: Mapping[str, str] | None = None) -> httpx2.Response:
    """A request as its client made it, without credentials."""
    return httpx2.request(method, server.base + path, headers=headers, timeout=30, verify=NO_TLS)


def refused(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The body of a refusal, which has the one shape of 00 §11.1."""
    assert (answer.status, answer.body.get("code")) == (status, code), answer.body
    body: dict[str, Any] = answer.body
    assert body["error"] is True
    assert isinstance(body["message"], str)
    assert body["message"]
    assert body["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["cache-control"] == "no-store"
    return body


# -- addresses (00 §2) -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefix", ["", "/api", "/api/api", "/api/api/api"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_url_01_02_10_prefixes_and_a_trailing_slash(owner: Caller, process: Process, prefix: str, slash: str) -> None:
    path = prefix + process.path().replace("/O/", f"/organizations/{owner.organization}/") + slash
    assert owner("GET", path).data["id"] == process.tasks[0]
    assert owner("PUT", path, {"title": "x"}).status == 200
    assert owner("GET", f"{prefix}/me{slash}").status == 200


def test_url_04_the_slug_stands_for_the_id(owner: Caller) -> None:
    slug = owner("GET", "/O").data["slug"]
    assert owner("GET", f"/organizations/{slug.upper()}/me").data["id"] == owner.user_id
    refused(owner("GET", "/organizations/no-such-slug/me"), 403, "FORBIDDEN")
    refused(owner("GET", "/organizations/%00/me"), 404, "RESOURCE_NOT_FOUND")


def test_url_13_unknown_paths_and_methods(owner: Caller, process: Process) -> None:
    for path in (
        "/nothing",
        "/api",
        "/api/tasks",
        "/O/Tasks",
        "/O/tasks//",
        f"{process.path()}/more",
        "/O//me",
    ):
        body = refused(owner("GET", path), 404, "ENDPOINT_NOT_FOUND")
        assert body["message"] == "API endpoint not found"
    answer = owner("POST", process.path(), {})
    refused(answer, 405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"].split(", ") == sorted(answer.headers["allow"].split(", "))
    assert {"GET", "HEAD", "OPTIONS", "PATCH", "PUT"} <= set(answer.headers["allow"].split(", "))
    refused(owner("PATCH", f"/O/checklists/{process.template.id}", {"title": "x"}), 405, "METHOD_NOT_ALLOWED")
    answer = owner("POST", "/health")
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_url_07_health_needs_no_token(server: Running) -> None:
    for path in ("/health", "/api/health"):
        answer = plain(server, "GET", path)
        assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
        assert answer.headers["x-request-id"]


def test_url_14_head_where_get_is(owner: Caller, process: Process) -> None:
    full, head = owner("GET", process.path()), owner("HEAD", process.path())
    assert (head.status, head.body) == (200, None)
    for name in ("content-type", "content-length", "etag"):
        assert head.headers[name] == full.headers[name]
    assert owner("HEAD", f"/O/tasks/{UNKNOWN}").status == 404


def test_cors_01_preflight_and_plain_answers(server: Running, owner: Caller, process: Process) -> None:
    path = process.path().replace("/O/", f"/organizations/{owner.organization}/")
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
    answer = plain(server, "OPTIONS", path, asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "PATCH" in answer.headers["access-control-allow-methods"]
    assert {"Authorization", "Idempotency-Key", "If-Match", "X-Tallyfy-Client"} <= set(
        answer.headers["access-control-allow-headers"].split(", ")
    )
    assert answer.headers["access-control-max-age"] == "86400"
    assert plain(server, "OPTIONS", "/nothing", asked).status_code == 404
    shown = owner("GET", path, headers={"Origin": "https://app.example"}).headers
    assert shown["access-control-allow-origin"] == "*"
    assert "ETag" in shown["access-control-expose-headers"]


# -- headers (00 §3, §4) -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", [None, "*/*", "application/json", "text/html", "nonsense"])
def test_accept_never_matters(owner: Caller, process: Process, accept: str | None) -> None:
    answer = owner("GET", process.path(), headers={"Accept": accept} if accept else {})
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")


@pytest.mark.parametrize("client", ["APIClient", "TallyfySDK", "n8n", "x" * 500, "", "ünknown"])
def test_the_client_header_may_be_anything(owner: Caller, process: Process, client: str) -> None:
    """SEED-06, SEED-37."""
    headers = {"X-Tallyfy-Client": client.encode("latin-1").decode("latin-1")} if client.isascii() else {}
    assert owner("PUT", process.path(), {"title": "x"}, headers=headers).status == 200


@pytest.mark.parametrize(
    ("given", "kept"), [("abc-1.2_X", True), ("x" * 128, True), ("x" * 129, False), ("a b", False)]
)
def test_request_ids_are_kept_when_they_are_well_formed(owner: Caller, given: str, kept: bool) -> None:
    for path in ("/me", "/nothing", f"/O/tasks/{UNKNOWN}"):
        answer = owner("GET", path, headers={"X-Request-Id": given})
        assert (answer.headers["x-request-id"] == given) is kept
        assert answer.headers["x-request-id"]


def test_headers_on_every_answer(owner: Caller, process: Process) -> None:
    for answer in (
        owner("GET", process.path()),
        owner("PUT", process.path(), {"title": ""}),
        owner("GET", "/nothing"),
        owner("DELETE", make_oneoff(owner)),
    ):
        assert answer.headers["x-tallyfy-version"] == "2"
        assert answer.headers["x-procession-version"]
        assert answer.headers["x-request-id"]
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", "Basic abc", "bearer", "Guest none", "Bearer  x"])
def test_bad_credentials(server: Running, owner: Caller, given: str) -> None:
    answer = plain(server, "GET", f"/organizations/{owner.organization}/me", {"Authorization": given} if given else {})
    assert answer.status_code == 401
    told = answer.headers["www-authenticate"]
    assert told.startswith(f'Bearer realm="{server.base}"')
    assert ('error="invalid_token"' in told) == bool(given), "40 §3.3: none was sent"
    assert answer.json()["code"] == "UNAUTHENTICATED"
    assert answer.json()["message"] == "Unauthenticated."


def test_18_what_browsers_are_told(server: Running) -> None:
    """41 §18: pages are framed by no other site, nothing is guessed; over https browsers keep to it."""
    page = plain(server, "GET", "/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["x-frame-options"] == "SAMEORIGIN"
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    for name in ("referrer-policy", "cross-origin-opener-policy", "permissions-policy"):
        assert page.headers[name], name
    consent = plain(server, "GET", "/oauth/authorize?client_id=x")
    assert (consent.status_code, consent.headers.get_list("x-frame-options")) == (400, ["DENY"])
    assert consent.headers["cross-origin-opener-policy"] == "same-origin"
    data = plain(server, "GET", "/countries")
    assert data.headers["x-content-type-options"] == "nosniff" and "x-frame-options" not in data.headers
    assert HTTPS_ONLY not in server.app.fixed, "the server of the tests has a plain address"
    settings = msgspec.structs.replace(server.settings, public_url="https://flow.example")
    secure = build(settings, server.database, server.clock, host="127.0.0.1", port=1)
    assert secure.fixed == [*server.app.fixed, HTTPS_ONLY]
    for address, expected in (("https://flow.example", [PRELOADED]), ("http://flow.example", [])):
        listed = msgspec.structs.replace(settings, public_url=address, hsts_preload=True)
        found = build(listed, server.database, server.clock, host="127.0.0.1", port=1).fixed
        assert found == [*server.app.fixed, *expected]
    assert PRELOADED == (b"strict-transport-security", b"max-age=31536000; includeSubDomains; preload")


def test_the_scheme_is_read_in_any_case(server: Running, owner: Caller) -> None:
    token = owner.authorization.split()[1]
    for scheme in ("bearer", "BEARER"):
        assert plain(server, "GET", "/me", {"Authorization": f"{scheme} {token}"}).status_code == 200


# -- preconditions (00 §16) --------------------------------------------------------------------------------------------


def test_conc_01_if_match_compares_the_revision(owner: Caller, process: Process) -> None:
    first = owner("GET", process.path()).headers["etag"]
    revision = first.strip('"').partition("-")[0]
    for tag in (first, f"W/{first}", f'"{revision}-other"', f'"{revision}"', "*", f'"999-x", {first}'):
        assert owner("PUT", process.path(), {}, headers={"If-Match": tag}).status == 200, tag
    written = owner("PUT", process.path(), {"title": "New"}, headers={"If-Match": first})
    assert written.headers["etag"] != first
    before = owner("GET", process.path())
    stale = owner("PUT", process.path(), {"title": "Lost"}, headers={"If-Match": first})
    body = refused(stale, 412, "PRECONDITION_FAILED")
    assert body["details"]["current"].strip('"') == before.headers["etag"].strip('"').partition("-")[0]
    assert unchanged(before, owner("GET", process.path()))
    assert owner("PUT", process.path(), {}, headers={"If-Match": before.headers["etag"]}).status == 200
    for garbage in ("", '""', "nonsense", '"-"'):
        refused(owner("PUT", process.path(), {}, headers={"If-Match": garbage}), 412, "PRECONDITION_FAILED")


def test_a_shifted_task_and_another_view_do_not_make_a_tag_stale(owner: Caller) -> None:
    process = make_process(owner, {"title": "A"}, {"title": "B"})
    tag = owner("GET", f"{process.path(1)}?with=run,form_fields&owners_format=ids").headers["etag"]
    assert owner("PUT", process.path(1), {"title": "x"}, headers={"If-Match": tag}).status == 200


def test_if_none_match_compares_the_whole(owner: Caller, process: Process) -> None:
    answer = owner("GET", process.path())
    tag = answer.headers["etag"]
    for given in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        again = owner("GET", process.path(), headers={"If-None-Match": given})
        assert (again.status, again.body, again.headers["etag"]) == (304, None, tag)
        assert again.headers["cache-control"] == "no-store"
    other = owner("GET", f"{process.path()}?owners_format=ids", headers={"If-None-Match": tag})
    assert other.status == 200
    owner("PUT", process.path(), {"title": "New"})
    assert owner("GET", process.path(), headers={"If-None-Match": tag}).status == 200


def test_if_unmodified_since(server: Running, owner: Caller, process: Process) -> None:
    updated = owner("PUT", process.path(), {"title": "New"}).data["last_updated"]
    year = int(updated[:4])
    for fresh in (updated, f"Sat, 01 Jan {year + 2} 00:00:00 GMT", "garbage", "", "Fri, 31 Dec 9999 23:59:59 -2359"):
        assert owner("PUT", process.path(), {}, headers={"If-Unmodified-Since": fresh}).status == 200, fresh
    for stale in ("2020-01-01T00:00:00Z", "Wed, 01 Jan 2020 00:00:00 GMT"):
        refused(owner("PUT", process.path(), {}, headers={"If-Unmodified-Since": stale}), 412, "PRECONDITION_FAILED")
    assert server.clock.now().year == year


# -- repeating (00 §15) ------------------------------------------------------------------------------------------------


def body_of(title: str = "Once") -> dict[str, Any]:
    return {"title": title, "task_type": "task", "deadline": "2031-01-01", "owners": {"users": []}}


def test_27_6_a_keyed_request_is_done_once(owner: Caller) -> None:
    first = owner("POST", "/O/tasks", body_of(), headers={"Idempotency-Key": "row-17"})
    again = owner("POST", "/O/tasks/", dict(reversed(body_of().items())), headers={"Idempotency-Key": "row-17"})
    assert (first.status, again.status) == (201, 201)
    assert again.body == first.body
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    prefixed = owner(
        "POST", f"/api/organizations/{owner.organization}/tasks", body_of(), headers={"Idempotency-Key": "row-17"}
    )
    assert prefixed.data["id"] == first.data["id"]
    other = owner("POST", "/O/tasks", body_of("Other"), headers={"Idempotency-Key": "row-17"})
    refused(other, 422, "IDEMPOTENCY_MISMATCH")
    refused(
        owner("POST", "/O/tasks?x=1", body_of(), headers={"Idempotency-Key": "row-17"}), 422, "IDEMPOTENCY_MISMATCH"
    )
    assert owner("POST", "/O/tasks", body_of(), headers={"Idempotency-Key": "row-18"}).data["id"] != first.data["id"]


def test_a_refusal_is_kept(owner: Caller, process: Process) -> None:
    headers = {"Idempotency-Key": "refused"}
    first = owner("PUT", process.path(), {"title": ""}, headers=headers)
    again = owner("PUT", process.path(), {"title": ""}, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    refused(first, 422, "VALIDATION_FAILED")
    refused(again, 422, "VALIDATION_FAILED")
    assert again.body["errors"] == first.body["errors"]
    refused(owner("PUT", process.path(), {"title": "Mended"}, headers=headers), 422, "IDEMPOTENCY_MISMATCH")


def test_an_unreadable_body_is_not_mistaken_for_an_empty_one(owner: Caller, process: Process) -> None:
    headers = {"Idempotency-Key": "broken"}
    refused(owner("PUT", process.path(), raw=b"{broken", headers=headers), 400, "INVALID_JSON")
    assert owner("PUT", process.path(), {}, headers=headers).body["code"] == "IDEMPOTENCY_MISMATCH"


def test_401_and_403_are_not_kept(team: Team) -> None:
    process = make_process(team.owner, {"title": "A"})
    headers = {"Idempotency-Key": "right"}
    path, light = process.path(), team.light
    team.owner("PUT", path, {"owners": {"users": [light.user_id]}})
    refused(light("PUT", path, {"title": "x"}, headers=headers), 403, "FORBIDDEN")
    assert "idempotency-replayed" not in light("PUT", path, {"title": "x"}, headers=headers).headers
    nobody = {"Idempotency-Key": "right", "Authorization": "Bearer x"}
    assert light("PUT", path, {"title": "x"}, headers=nobody).status == 401


def test_the_same_key_of_somebody_else_is_another_key(team: Team) -> None:
    headers = {"Idempotency-Key": "shared"}
    made = {
        by("POST", "/O/tasks", body_of(), headers=headers).data["id"]
        for by in (team.owner, team.standard, team.stranger)
    }
    assert len(made) == 3


@pytest.mark.parametrize("key", ["x" * 256, "with space", "tab\tin"])
def test_a_malformed_key_is_refused_after_the_token(owner: Caller, key: str) -> None:
    refused(owner("POST", "/O/tasks", body_of(), headers={"Idempotency-Key": key}), 400, "BAD_REQUEST")
    nobody = {"Idempotency-Key": key, "Authorization": "Bearer x"}
    assert owner("POST", "/O/tasks", body_of(), headers=nobody).status == 401


def test_keys_do_not_matter_on_reads(owner: Caller, process: Process) -> None:
    headers = {"Idempotency-Key": "read"}
    assert owner("GET", process.path(), headers=headers).status == 200
    owner("PUT", process.path(), {"title": "New"})
    assert owner("GET", process.path(), headers=headers).data["title"] == "New"


def test_warnings_are_replayed(owner: Caller, process: Process) -> None:
    headers = {"Idempotency-Key": "warned"}
    answers = [owner("PUT", process.path(), {"taskdata": {UNKNOWN: 1}}, headers=headers) for _ in range(2)]
    told = [json.loads(one.headers["x-procession-warnings"]) for one in answers]
    assert told[0] == told[1] == [{"code": "UNKNOWN_TASKDATA_KEY", "key": UNKNOWN}]


# -- bodies (00 §3) ----------------------------------------------------------------------------------------------------

JSON = "application/json"


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{}", b"  ", b" [ ] "])
@pytest.mark.parametrize("kind", [JSON, "application/json; charset=utf-8", "application/merge-patch+json", "text/json"])
def test_body_04_empty_bodies_are_no_fields(owner: Caller, process: Process, raw: bytes, kind: str) -> None:
    assert owner("PUT", process.path(), raw=raw, headers={"Content-Type": kind}).data["status"] == "not-started"


@pytest.mark.parametrize(
    ("raw", "kind", "status", "code"),
    [
        (b'{"title": "x"', JSON, 400, "INVALID_JSON"),
        (b"title=x", JSON, 400, "INVALID_JSON"),
        (b"{'title': 'x'}", JSON, 400, "INVALID_JSON"),
        (b'{"title": "\xff"}', JSON, 400, "INVALID_JSON"),
        (b'{"title": "\\ud800"}', JSON, 400, "INVALID_JSON"),
        (b'{"title": 1e999}', JSON, 400, "INVALID_JSON"),
        (b'{"title": ' + b"9" * 10_000 + b"}", JSON, 400, "INVALID_JSON"),
        (b'{"title": NaN}', JSON, 400, "INVALID_JSON"),
        (b"[" * 100_000, JSON, 400, "INVALID_JSON"),
        (b"[" * 100_000 + b"]" * 100_000, JSON, 400, "INVALID_JSON"),
        (b'{"a":' * 21 + b"1" + b"}" * 21, JSON, 400, "INVALID_JSON"),
        (b"[1]", JSON, 400, "BAD_REQUEST"),
        (b'"text"', JSON, 400, "BAD_REQUEST"),
        (b"7", JSON, 400, "BAD_REQUEST"),
        (b"true", JSON, 400, "BAD_REQUEST"),
        (b'{"title": "x"}', "text/plain", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"<title/>", "application/xml", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"title=x", "", 415, "UNSUPPORTED_MEDIA_TYPE"),
        (b"title=%ff", "application/x-www-form-urlencoded", 400, "BAD_REQUEST"),
    ],
)
def test_body_05_06_unreadable_bodies(
    owner: Caller, process: Process, raw: bytes, kind: str, status: int, code: str
) -> None:
    before = owner("GET", process.path())
    refused(owner("PUT", process.path(), raw=raw, headers={"Content-Type": kind}), status, code)
    assert unchanged(before, owner("GET", process.path()))


def test_invalid_json_tells_where(owner: Caller, process: Process) -> None:
    body = refused(owner("PUT", process.path(), raw=b'{"title": }'), 400, "INVALID_JSON")
    assert NUMBER.search(body["message"])


def test_twenty_levels_are_allowed(owner: Caller, process: Process) -> None:
    assert owner("PUT", process.path(), raw=b'{"a":' * 20 + b"1" + b"}" * 20).status == 200


def test_body_07_duplicate_keys_the_last_wins(owner: Caller, process: Process) -> None:
    assert owner("PUT", process.path(), raw=b'{"title": "a", "title": "b"}').data["title"] == "b"


def test_body_08_strings_are_nfc(owner: Caller, process: Process) -> None:
    assert owner("PUT", process.path(), {"title": "Cafe\u0301"}).data["title"] == "Caf\u00e9"


def test_no_content_type_is_json_when_it_looks_like_it(owner: Caller, process: Process) -> None:
    assert owner("PUT", process.path(), raw=b' {"title": "x"}', headers={"Content-Type": ""}).data["title"] == "x"


def test_body_02_forms_with_brackets(server: Running, owner: Caller, process: Process) -> None:
    other = server.member(owner, "standard")
    raw = (
        f"title=From+a+form&owners[users][]={owner.user_id}&owners[users][]={other.user_id}&owners%5Bguests%5D[0]=a%40x.example"
        "&prevent_guest_comment=on&position=1&taskdata[nope]=1"
    )
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    answer = owner("PUT", process.path(), raw=raw.encode(), headers=headers)
    assert answer.data["title"] == "From a form"
    assert [one["id"] for one in answer.data["owners"]["users"]] == [owner.user_id, other.user_id]
    assert answer.data["owners"]["guests"] == ["a@x.example"]
    assert answer.data["prevent_guest_comment"] is True
    assert answer.body["meta"]["warnings"][0]["key"] == "nope"


def test_a_read_may_carry_a_content_type(owner: Caller, process: Process) -> None:
    assert owner("GET", process.path(), headers={"Content-Type": JSON}).status == 200
    assert owner("DELETE", make_oneoff(owner), headers={"Content-Type": JSON}).status == 204


# -- the order of checks (00 ERR-03) -----------------------------------------------------------------------------------


def test_err_03_the_order_of_answers(server: Running, team: Team) -> None:
    process = make_process(team.owner, {"title": "A"})
    path = process.path()
    broken, unknown = b"{broken", f"/O/tasks/{UNKNOWN}"
    nobody = {"Authorization": "Bearer x"}
    assert team.owner("PUT", "/O/nothing", raw=broken, headers=nobody).status == 404, "the route before the token"
    assert team.owner("POST", path, raw=broken, headers=nobody).status == 405
    assert team.owner("PUT", path, raw=broken, headers=nobody).status == 401, "the token before the body"
    foreign = path.replace("/O/", f"/organizations/{team.owner.organization}/")
    assert team.stranger("PUT", foreign, raw=broken).status == 403, "membership before the body"
    assert team.owner("PUT", unknown, raw=broken).status == 400, "the body before the object"
    assert team.owner("PUT", unknown, raw=b"x", headers={"Content-Type": "text/plain"}).status == 415
    assert team.standard("PUT", path, {"title": ""}).status == 404, "visibility before the fields"
    team.owner("PUT", path, {"owners": {"users": [team.light.user_id]}})
    assert team.light("PUT", path, {"title": "", "position": "x"}).status == 403, "the right before the fields"
    team.owner("PUT", path, {"status": "completed"})
    assert team.light("PUT", path, {"title": "x"}).status == 403, "the right before the state"
    assert team.owner("PUT", path, {"title": ""}).body["code"] == "TASK_COMPLETED", "the state before the fields"


def test_no_membership_is_403_whatever_the_organization(team: Team) -> None:
    """ID-04: an organization one does not belong to and one that is not there answer alike."""
    there = team.owner("GET", f"/organizations/{team.stranger.organization}/me")
    nowhere = team.owner("GET", f"/organizations/{UNKNOWN}/me")
    assert (there.status, there.body["code"], there.body["message"]) == (
        nowhere.status,
        nowhere.body["code"],
        nowhere.body["message"],
    )
    assert there.status == 403


# -- limits (00 §12, §17) ----------------------------------------------------------------------------------------------


def test_a_long_query_is_414(owner: Caller) -> None:
    assert owner("GET", "/me?x=" + "a" * 8190).status == 200
    refused(owner("GET", "/me?x=" + "a" * 8191), 414, "URI_TOO_LONG")


def test_a_large_body_is_413(owner: Caller, process: Process) -> None:
    fits = b'{"x": "' + b"a" * (10 * 1024 * 1024 - 9) + b'"}'
    assert owner("PUT", process.path(), raw=fits).status == 200
    refused(owner("PUT", process.path(), raw=fits + b" "), 413, "PAYLOAD_TOO_LARGE")
    assert owner("PUT", process.path(), raw=fits + b" ", headers={"Authorization": "Bearer x"}).status == 401


def test_nul_in_a_query_is_refused(owner: Caller, process: Process) -> None:
    refused(owner("GET", f"{process.path()}?with=a%00b"), 422, "VALIDATION_FAILED")


@pytest.fixture(scope="module")
def limited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder: Path = tmp_path_factory.mktemp("limited")
    running = run_server(folder)
    running.app.limiter = Limiter("5/minute")
    yield running
    running.stop()


def test_rate_01_03_the_general_limit(limited: Running) -> None:
    owner = limited.organization()
    for remaining in (4, 3, 2, 1, 0):
        answer = owner("GET", "/me") if remaining % 2 else owner("GET", f"/O/tasks/{UNKNOWN}")
        assert answer.headers["x-ratelimit-limit"] == "5"
        assert answer.headers["x-ratelimit-remaining"] == str(remaining), "refusals count, and tell too"
        assert 0 < int(answer.headers["x-ratelimit-reset"]) - time.time() <= 61
    over = owner("PUT", f"/O/tasks/{UNKNOWN}", raw=b"{broken", headers={"Idempotency-Key": "k"})
    refused(over, 429, "RATE_LIMIT_EXCEEDED")
    assert over.headers["x-ratelimit-remaining"] == "0"
    assert 1 <= int(over.headers["retry-after"]) <= 30
    assert owner("GET", "/nothing").status == 404, "the route comes first"
    assert plain(limited, "GET", "/health").status_code == 200
    assert limited.organization()("GET", "/me").status == 200, "each caller has his own"


def test_rate_01_requests_sent_as_one_count_each(limited: Running) -> None:
    limited.app.limiter = Limiter("10/minute")
    owner = limited.organization()
    path = f"/api/x/organizations/{owner.organization}/bulk"

    def tags(count: int) -> Answer:
        steps = [{"method": "POST", "path": "tags", "body": {"title": f"{count} {one}"}} for one in range(count)]
        return owner("POST", path, {"operations": steps})

    assert [one["status"] for one in tags(7).data] == [201] * 7
    refused(tags(4), 429, "RATE_LIMIT_EXCEEDED")
    assert owner("GET", "/O/tags").body["meta"]["pagination"]["total"] == 7, "nothing is done of what is too much"


def test_rate_05_bursts(limited: Running) -> None:
    limited.app.limiter = Limiter("10000/minute")
    owner = limited.organization()
    found = [owner("GET", "/me") for _ in range(150)]
    refused_ones = [one for one in found if one.status == 429]
    assert all(one.headers["retry-after"] == "1" for one in refused_ones)
    assert {one.status for one in found} <= {200, 429}
