"""What a server tells of itself (spec 00 VER-03, 41 §2, 60 §11)."""

import pytest

from procession import __version__
from procession.accounts.model import Policy
from procession.api import capabilities
from procession.api.endpoint import OPERATIONS
from procession.server import app, bodies
from tests.support.server import Caller, Running


def test_what_the_server_tells(server: Running, owner: Caller) -> None:
    told = owner("GET", "/api/x/capabilities", headers={"Authorization": ""}).data
    assert (told["product"], told["build"], told["api_version"]) == ("Procession", __version__, "2")
    assert told["server_time"].endswith("Z") and len(told["server_time"]) == 20
    limits = told["limits"]
    assert limits["upload_bytes"] == 100 * 1024 * 1024
    assert {"pdf", "xlsx"} <= set(limits["upload_types"])
    assert limits["requests"] == "off" and limits["hourly"]["comments"] is None
    assert (limits["body_bytes"], limits["nesting"]) == (bodies.LARGEST, bodies.DEEPEST)
    assert limits["query_bytes"] == app.LONGEST_QUERY
    assert owner("POST", "/O/tags", {"title": "t" * limits["texts"]["tag_title"]}).status == 201
    too_long = owner("POST", "/O/tags", {"title": "t" * (limits["texts"]["tag_title"] + 1)})
    assert "title" in too_long.errors, "what is told is what is refused"


def test_everybody_inside_reads_it(server: Running, owner: Caller) -> None:
    for who in (owner, server.member(owner, "standard"), server.member(owner, "light"), server.guest(owner)):
        told = who("GET", "/O/capabilities").data
        assert told["read_only"] is None
        assert told["features"]["open_registration"] is True, "as the tests' server is set up"
        assert told["features"]["client_header_required"] is False
    stranger = server.organization()
    path = f"/organizations/{owner.organization}/capabilities"
    assert stranger("GET", path).status == 403
    assert owner("GET", path, headers={"Authorization": ""}).status == 401


@pytest.mark.parametrize("name", capabilities.FEATURES)
def test_a_feature_is_on_when_its_path_is_there(name: str) -> None:
    paths = {one.path for one in OPERATIONS}
    told = capabilities.features(Policy())
    assert told[name] == (capabilities.FEATURES[name] in paths)


def test_ready_needs_the_worker_of_the_process(server: Running, owner: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """00 URL-07."""
    assert owner("GET", "/health/ready").body["status"] == "ok"
    monkeypatch.setattr(server.app, "works", lambda: False)
    answer = owner("GET", "/api/health/ready")
    assert (answer.status, answer.body) == (503, {"status": "unavailable", "worker": "ended"})
    assert owner("GET", "/health").status == 200, "alive, but not ready"
