"""Secrets are stored hashed or sealed, and are in no log, error or answer but the one that gives them."""

import io
import zipfile
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from procession.kernel.sql import Query
from procession.kernel.unit import EVERY_TENANT, Unit
from procession.operations.schema import metadata
from tests.support.server import PASSWORD, Running, http_client

GRANTS = ["password", "refresh_token", "client_credentials"]


def everything(server: Running) -> str:
    """Every row of every table, as text; bytes as they are."""
    now = server.clock.now()

    def work(session: Any) -> str:
        unit = Unit(session, EVERY_TENANT, now)
        rows = []
        for table in metadata.sorted_tables:
            every = Query(sa.select(*table.c), lambda *values: values, why_all_tenants="a test looks for secrets")
            rows += [repr(one) for one in unit.all(every)]
        return "\n".join(rows)

    return server.database.read_now(work)


def test_no_secret_is_kept_or_told(server: Running, capfd: pytest.CaptureFixture[str]) -> None:
    server.forget_attempts()
    owner = server.organization()
    told: list[str] = []
    secret: dict[str, str] = {"password": "Canary1Password", "wrong password": "Canary2Password"}
    server.with_password(owner, secret["password"])
    with capture_logs() as logs, http_client(server.base) as http:

        def ask(method: str, path: str, body: Any = None, **headers: str) -> httpx2.Response:
            answer = http.request(method, path, json=body, headers=headers)
            told.append(answer.text)
            return answer

        ask("POST", "/auth/login", {"email": owner.email, "password": secret["wrong password"]})
        ask("POST", "/auth/login", {"email": owner.email, "password": {"x": secret["password"]}})
        session = http.post("/auth/login", json={"email": owner.email, "password": secret["password"]})
        secret["session"] = session.json()["data"]["access_token"]
        secret["personal token"] = owner("POST", "/me/tokens", {"name": "x"}).data["access_token"]
        body = {"name": "C", "redirect_uris": ["https://c.example/"], "grant_types": GRANTS}
        client = owner("POST", "/O/oauth-clients", body).data
        secret["client secret"] = client["secret"]
        grant = {"grant_type": "password", "username": owner.email, "password": secret["password"]}
        asked = {**grant, "client_id": client["id"], "client_secret": client["secret"]}
        granted = http.post("/oauth/token", json=asked, headers={"Idempotency-Key": "k1"}).json()
        secret |= {"access token": granted["access_token"], "refresh token": granted["refresh_token"]}
        own = {"grant_type": "client_credentials", "client_id": client["id"], "client_secret": client["secret"]}
        secret["application token"] = http.post("/oauth/token", json=own).json()["access_token"]
        given = {"Authorization": f"Bearer {secret['application token']}"}
        acting = http.post(f"/applications/{owner.organization}/users/{owner.email}/token", headers=given)
        secret["token of an application for a member"] = acting.json()["access_token"]
        ask("POST", f"/applications/{owner.organization}/users", {}, **given)
        ask("GET", "/me", **given)
        ask("POST", "/oauth/token", {**asked, "password": secret["wrong password"]})
        ask("POST", "/oauth/token", {**asked, "client_secret": client["secret"] + "x"})
        ask("POST", "/auth/password/forgot", {"email": owner.email})
        secret["reset link"] = server.links(owner.email, "password.reset_request")[0].rsplit("/", 1)[1]
        ask("POST", "/auth/password/reset", {"code": secret["reset link"], "password": "x"})
        ask("GET", f"/me?with={secret['personal token']}", Authorization=f"Bearer {secret['personal token']}x")
        invited = {"email": f"inv.{client['id']}.{owner.user_id}@x.example", "first_name": "I", "last_name": "V"}
        secret["invitation"] = owner("POST", "/O/users/invite", invited).data["invite_link"].rsplit("/", 1)[1]
        guest = server.guest(owner)
        secret["guest code"] = guest.authorization.removeprefix("Guest ")
        tasks = f"/organizations/{owner.organization}/tasks"
        assert guest("GET", "/O/tasks").status == 200
        ask("GET", tasks, Authorization=f"Guest {secret['guest code']}x")
        ask("GET", f"{tasks}?guest_code={secret['guest code']}", Authorization=f"Bearer {secret['guest code']}")
        told.append(str(guest("PUT", "/O/tasks", {"title": secret["guest code"]}).body))
        assert owner("POST", f"/O/guests/{guest.email}/reset-link").status == 200
        ask("GET", tasks, Authorization=f"Guest {secret['guest code']}")
        seen = ("/O/email-log", "/O/activity-feeds", "/me/tokens", "/O/oauth-clients", "/O")
        told += [str(owner("GET", path).body) for path in seen]
        with zipfile.ZipFile(io.BytesIO(owner("GET", "/O/me/export").raw)) as exported:
            told += [exported.read(one).decode() for one in exported.namelist()]
    stored, printed = everything(server), "".join(capfd.readouterr())
    for what, text in secret.items():
        assert text not in stored, f"{what} is stored in clear"
        assert text not in printed and text not in str(logs), f"{what} is in the log"
        assert not any(text in answer for answer in told), f"{what} is in an answer"
    assert "$argon2id$" in stored and PASSWORD not in stored
