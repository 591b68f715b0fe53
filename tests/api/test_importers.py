"""What importers from other products take for granted (spec 50 §24)."""

import hashlib
import time

from tests.support.fixtures_server import Team
from tests.support.make import UNKNOWN, make_process
from tests.support.server import Caller, Running


def digest(slug: str) -> str:
    return hashlib.md5(slug.encode(), usedforsecurity=False).hexdigest()


def test_imp_01_the_md5_of_a_slug_names_the_organization(server: Running, team: Team) -> None:
    owner = team.owner
    process = make_process(owner, {"title": "A"})
    slug = f"globex-{time.time_ns()}"
    assert owner("PUT", "/O", {"slug": slug}).status == 200

    def ask(by: Caller, organization: str, path: str = "/checklists") -> int:
        return by("GET", f"/api/organizations/{organization}{path}").status

    computed = digest(slug)
    read = owner("GET", f"/api/organizations/{computed}/runs/{process.id}")
    assert (read.status, read.data["id"]) == (200, process.id)
    assert ask(owner, computed.upper()) == 200
    made = owner("POST", f"/api/organizations/{computed}/guests", {"email": "imported@x.example"})
    assert made.status in (200, 201), made.body
    assert owner("GET", "/O/guests/imported@x.example").status == 200, "it is the same organization"
    # membership is asked as ever
    assert (ask(team.stranger, computed), ask(team.stranger, owner.organization)) == (403, 403)
    assert ask(team.light, computed, "/me") == 200
    assert (ask(owner, digest("globex")), ask(owner, UNKNOWN)) == (403, 403)
    # it follows the slug; an organization's own id comes first
    later = f"{slug}-2"
    assert owner("PUT", "/O", {"slug": later}).status == 200
    assert (ask(owner, computed), ask(owner, digest(later)), ask(owner, owner.organization)) == (403, 200, 200)
    usual = digest(f"organization_{team.stranger.organization}")
    assert (ask(team.stranger, usual), ask(owner, usual)) == (200, 403)
