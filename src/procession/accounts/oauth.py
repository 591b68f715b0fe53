"""The OAuth 2 server (spec 40 §6) on Authlib's framework-free core: password and authorization code with PKCE.

Authlib carries out the protocol; here are the rows. One `Server` serves one request, in that request's transaction.
A refusal is an answer, not an exception: what it revoked stays revoked.
"""

import secrets as chance
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import msgspec
from authlib.oauth2 import OAuth2Error, rfc6749
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc7636 import CodeChallenge

from procession.accounts import oauth_queries as queries
from procession.accounts.applications import alive, end_application, open_application
from procession.accounts.clients import find_client, right_secret
from procession.accounts.keys import Secrets
from procession.accounts.model import FINE, AccountRecord, Client, Code, Refresh, Token, TokenKind
from procession.accounts.people import account
from procession.accounts.tokens import create_token, digest, end_refresh, revoke, revoke_family, token_by_text
from procession.kernel.ids import new_id
from procession.kernel.unit import Unit

ACCESS_TTL = 15_778_800
REFRESH_TTL = 31_557_600
CODE_LIVES = timedelta(minutes=10)
GRACE = timedelta(seconds=60)
"""How long a used refresh token may be used again: connectors refresh concurrently."""

ANYWHERE = "https://server/oauth"
"""Authlib wants https; whether this server is reached by it is its operator's matter."""

TEXTS = {
    "invalid_client": "Client authentication failed",
    "unauthorized_client": "The client may not use this grant.",
    "unsupported_grant_type": "This grant type is not supported.",
    "unsupported_response_type": "This response type is not supported.",
    "invalid_scope": "The requested scope cannot be granted.",
}
NOT_GRANTED = {
    "password": "The user credentials were incorrect.",
    "authorization_code": "The authorization code is invalid.",
    "refresh_token": "The refresh token is invalid.",
}


class Outcome(msgspec.Struct, frozen=True):
    """What the server answers: JSON, or where to send the browser."""

    status: int
    body: dict[str, Any]
    location: str | None = None

    @property
    def error(self) -> str | None:
        return self.body.get("error")


class Asked(rfc6749.OAuth2Request):
    """A request as Authlib reads it."""

    def __init__(self, method: str, data: Mapping[str, str]) -> None:
        super().__init__(method, ANYWHERE)
        self.payload = BasicOAuth2Payload(dict(data))

    @property
    def form(self) -> dict[str, str]:
        found: dict[str, str] = self.payload.data
        return found

    @property
    def args(self) -> dict[str, str]:
        return self.form


class ClientView(rfc6749.ClientMixin):
    """A client as Authlib asks about it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return str(self.client.id)

    def get_default_redirect_uri(self) -> str | None:
        return self.client.redirect_uris[0] if len(self.client.redirect_uris) == 1 else None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        return granted_scope(self.client, scope)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.client.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        return right_secret(self.client, client_secret)

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return (method != "none") == self.client.confidential

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code" and "authorization_code" in self.client.grant_types

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.client.grant_types


def granted_scope(client: Client, wanted: str | None) -> str | None:
    """What is granted of what was asked for; None: nothing can be (spec 40 §6.5).

    Words that are no scopes here are dropped. Who asks for nothing else gets all the client may have.
    """
    most = set(client.scopes)
    known = [one for one in (wanted or "").split() if one == "*" or one in FINE]
    if not known:
        return "*" if "*" in most else " ".join(sorted(most)) or None
    if "*" in most:
        return "*" if "*" in known else " ".join(dict.fromkeys(known))
    held = most | {one.replace(".write", ".read") for one in most}
    return " ".join(dict.fromkeys(known)) if set(known) <= held else None


class CodeView(rfc6749.AuthorizationCodeMixin):
    """A code as Authlib asks about it."""

    def __init__(self, code: Code) -> None:
        self.code = code
        self.code_challenge = code.challenge
        self.code_challenge_method = code.challenge_method

    def get_redirect_uri(self) -> str | None:
        return self.code.redirect_uri if self.code.named_uri else None

    def get_scope(self) -> str:
        return " ".join(self.code.scopes)


class RefreshView(rfc6749.TokenMixin):
    """A refresh token as Authlib asks about it."""

    def __init__(self, refresh: Refresh) -> None:
        self.refresh = refresh

    def check_client(self, client: ClientView) -> bool:
        return self.refresh.client_id == client.client.id

    def get_scope(self) -> str:
        return " ".join(self.refresh.scopes)


class CodeGrant(grants.AuthorizationCodeGrant):
    """Authorization code; PKCE is a must for public clients (spec 40 §6.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post", "none")

    @staticmethod
    def validate_authorization_redirect_uri(request: Any, client: ClientView) -> str:
        named = request.payload.redirect_uri
        uri = named or client.get_default_redirect_uri()
        if not uri or not client.check_redirect_uri(uri):
            raise rfc6749.InvalidRequestError("The redirect address is not one of the client.")
        return str(uri)

    def validate_authorization_request(self) -> str:
        redirect_uri: str = super().validate_authorization_request()
        client: ClientView = self.request.client
        if not client.client.confidential and not self.request.payload.data.get("code_challenge"):
            raise rfc6749.InvalidRequestError("Public clients must send a code challenge.", redirect_uri=redirect_uri)
        return redirect_uri

    def generate_authorization_code(self) -> str:
        return chance.token_urlsafe(36)

    def save_authorization_code(self, code: str, request: Any) -> None:
        server: Server = self.server
        data = request.payload.data
        server.unit.write(
            queries.INSERT_CODE,
            digest=digest(code),
            client_id=request.client.client.id,
            account_id=request.user.id,
            bound_to=server.context,
            redirect_uri=request.payload.redirect_uri or request.client.get_default_redirect_uri(),
            named_uri=bool(request.payload.redirect_uri),
            scopes=(server.chosen or request.scope).split(),
            challenge=data.get("code_challenge"),
            challenge_method=data.get("code_challenge_method") or ("plain" if data.get("code_challenge") else None),
            family=new_id(),
            created_at=server.unit.now,
            expires_at=server.unit.now + CODE_LIVES,
            used_at=None,
        )

    def query_authorization_code(self, code: str, client: ClientView) -> CodeView | None:
        unit: Unit = self.server.unit
        found = unit.one(queries.CODE, digest=digest(code))
        if found is None or found.client_id != client.client.id:
            return None
        if found.used_at is not None:
            revoke_family(unit, found.family)  # somebody else may hold it as well
            return None
        return CodeView(found) if found.expires_at > unit.now else None

    def authenticate_user(self, authorization_code: CodeView) -> AccountRecord | None:
        server: Server = self.server
        code = authorization_code.code
        server.family, server.kind, server.context = code.family, "code", code.bound_to
        return server.owner(code.account_id)

    def delete_authorization_code(self, authorization_code: CodeView) -> None:
        unit: Unit = self.server.unit
        unit.write(queries.USE_CODE, digest=authorization_code.code.digest, at=unit.now)


class PasswordGrant(grants.ResourceOwnerPasswordCredentialsGrant):
    """The password was compared beside, before the transaction began."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post", "none")

    def authenticate_user(self, username: str, password: str) -> AccountRecord:
        server: Server = self.server
        if server.proven is None or server.owner(server.proven.id) is None or not server.proven.verified:
            raise rfc6749.InvalidGrantError
        return server.proven

    def create_token_response(self) -> Any:
        scope = self.request.client.get_allowed_scope(self.request.payload.scope)
        if scope is None:
            raise rfc6749.InvalidScopeError
        server: Server = self.server
        server.family, server.kind = new_id(), "password"
        again = self.request.client.check_grant_type("refresh_token")
        token = self.generate_token(user=self.request.user, scope=scope, include_refresh_token=again)
        return 200, token, self.TOKEN_RESPONSE_HEADER


class ApplicationGrant(grants.ClientCredentialsGrant):
    """A client in its own name: what scope it asks for makes no difference (spec 40 §6.3)."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post",)

    def validate_requested_scope(self) -> None:
        """Anything is accepted and ignored."""

    def create_token_response(self) -> Any:
        server: Server = self.server
        text, lives = open_application(server.unit, server.secrets, self.request.client.client, server.issuer)
        token = {"token_type": "Bearer", "expires_in": lives, "access_token": text, "scope": "*"}
        return 200, token, self.TOKEN_RESPONSE_HEADER


class RefreshGrant(grants.RefreshTokenGrant):
    """Every refresh token is used once, but for a minute's grace."""

    TOKEN_ENDPOINT_AUTH_METHODS = ("client_secret_post", "none")
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> RefreshView | None:
        server: Server = self.server
        unit = server.unit
        found = unit.one(queries.REFRESH, digest=digest(refresh_token))
        client: ClientView = self.request.client
        if found is None or found.client_id != client.client.id or found.revoked_at is not None:
            return None
        if found.used_at is not None and unit.now - found.used_at > GRACE:
            server.end_reused(found, client.client)
            return None
        return RefreshView(found) if found.expires_at > unit.now else None

    def authenticate_user(self, refresh_token: RefreshView) -> AccountRecord:
        server: Server = self.server
        found = refresh_token.refresh
        server.family, server.kind, server.context = found.family, found.kind, found.bound_to
        owner = server.owner(found.account_id)
        if owner is None:
            raise rfc6749.InvalidGrantError
        return owner

    def revoke_old_credential(self, refresh_token: RefreshView) -> None:
        unit: Unit = self.server.unit
        unit.write(queries.USE_REFRESH, digest=refresh_token.refresh.digest, at=unit.now)


class Server(rfc6749.AuthorizationServer):
    """One request's server. `may`: whether an account may be acted for; `proven`: whose password was right."""

    def __init__(
        self,
        unit: Unit,
        secrets: Secrets,
        issuer: str,
        *,
        may: Callable[[int], bool],
        proven: AccountRecord | None = None,
        password_grant: bool = True,
    ) -> None:
        super().__init__()
        self.unit = unit
        self.secrets = secrets
        self.issuer = issuer
        self.may = may
        self.proven = proven
        self.family: str | None = None
        self.kind: TokenKind = "code"
        self.context: str | None = None
        self.chosen: str | None = None
        self.register_grant(CodeGrant, [CodeChallenge(required=True)])
        self.register_grant(RefreshGrant)
        self.register_grant(ApplicationGrant)
        if password_grant:
            self.register_grant(PasswordGrant)

    # -- what Authlib asks for

    def query_client(self, client_id: str) -> ClientView | None:
        known = client_id.isascii() and client_id.isdigit() and len(client_id) < 16
        found = find_client(self.unit, int(client_id)) if known else None
        return ClientView(found) if found is not None and found.disabled_at is None else None

    def save_token(self, token: Any, request: Any) -> None:
        """They are rows already."""

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def create_oauth2_request(self, request: Asked) -> Asked:
        return request

    def handle_response(self, status: int, body: Any, headers: Any) -> Outcome:
        location = next((value for name, value in headers if name == "Location"), None)
        return Outcome(status, dict(body) if body else {}, location)

    def generate_token(
        self,
        grant_type: str,
        client: ClientView,
        user: AccountRecord | None = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        assert user is not None
        assert self.family is not None
        lives = client.client.access_token_ttl or ACCESS_TTL
        scopes = (scope or "*").split()
        _, text = create_token(
            self.unit,
            self.secrets,
            account_id=user.id,
            name=client.client.name,
            kind=self.kind,
            expires_at=self.unit.now + timedelta(seconds=lives),
            scopes=scopes,
            issuer=self.issuer,
            context=self.context,
            client_id=client.client.id,
            family=self.family,
            require_client_header=client.client.require_client_header,
        )
        made = {"token_type": "Bearer", "expires_in": lives, "access_token": text}
        if include_refresh_token:
            made["refresh_token"] = self._refresh(client.client, user, scopes)
        return {**made, "scope": " ".join(scopes)}

    def _refresh(self, client: Client, user: AccountRecord, scopes: list[str]) -> str:
        text = chance.token_urlsafe(48)
        self.unit.write(
            queries.INSERT_REFRESH,
            digest=digest(text),
            id=new_id(),
            family=self.family,
            kind=self.kind,
            client_id=client.id,
            account_id=user.id,
            bound_to=self.context,
            scopes=scopes,
            created_at=self.unit.now,
            expires_at=self.unit.now + timedelta(seconds=client.refresh_token_ttl or REFRESH_TTL),
            used_at=None,
            revoked_at=None,
        )
        return text

    # -- rules

    def owner(self, account_id: int) -> AccountRecord | None:
        """The account, unless nothing may be done in its name any more."""
        found = account(self.unit, account_id)
        return found if found is not None and not found.suspended and self.may(account_id) else None

    def end_reused(self, found: Refresh, client: Client) -> None:
        """A refresh token came back after its grace: it was copied (spec 40 §6.3)."""
        if client.confidential:
            end_refresh(self.unit, found.digest)
        else:
            revoke_family(self.unit, found.family)

    # -- the endpoints

    def token(self, data: Mapping[str, str]) -> Outcome:
        """`POST /oauth/token`: the tokens, or a refusal with a text of this house."""
        grant = data.get("grant_type")
        if not grant or not data.get("client_id"):
            missing = "grant_type" if not grant else "client_id"
            return refusal("invalid_request", f"The parameter {missing} is missing.")
        try:
            made: Outcome = self.create_token_response(Asked("POST", data))
        except OAuth2Error as error:
            made = self.handle_error_response(None, error)
        if made.error is None:
            return made
        text = NOT_GRANTED.get(grant) if made.error == "invalid_grant" else TEXTS.get(made.error)
        return refusal(made.error, text or str(made.body.get("error_description") or "The request is not valid."))

    def check_consent(self, asked: Asked) -> Outcome | None:
        """Whether a request for consent is in order; else where to send the browser."""
        try:
            self.get_consent_grant(asked)
        except OAuth2Error as error:
            if error.error in TEXTS:
                error.description = TEXTS[error.error]
            error.redirect_uri = error.redirect_uri or asked.payload.redirect_uri or self._usual_uri(asked)
            refused: Outcome = self.handle_error_response(asked, error)
            return refused
        return None

    def _usual_uri(self, asked: Asked) -> str | None:
        view = self.query_client(asked.payload.client_id or "")
        return view.get_default_redirect_uri() if view is not None else None

    def authenticated(self, data: Mapping[str, str]) -> Client | None:
        """The client that proves itself, for revocation and introspection."""
        view = self.query_client(data.get("client_id", ""))
        if view is None:
            return None
        secret = data.get("client_secret")
        if view.client.confidential:
            return view.client if secret and right_secret(view.client, secret) else None
        return None if secret else view.client

    def revoke_text(self, client: Client, text: str) -> None:
        """RFC 7009: an access token by itself, a refresh token with everything of its grant."""
        refresh = self.unit.one(queries.REFRESH, digest=digest(text))
        if refresh is not None and refresh.client_id == client.id:
            revoke_family(self.unit, refresh.family)
        token = token_by_text(self.unit, text)
        if token is not None and token.client_id == client.id:
            revoke(self.unit, token.id)
        end_application(self.unit, text, client)

    def introspect(self, client: Client, text: str) -> dict[str, Any]:
        """RFC 7662: what the client's own token is good for; of anything else only that it is not."""
        if alive(self.unit, text, client):
            own = {"scope": "*", "sub": "", "client_id": str(client.id), "aud": str(client.id)}
            return {"active": True, "token_type": "Bearer", "iss": self.issuer, **own}
        token = token_by_text(self.unit, text)
        if token is None or token.client_id != client.id or not self._alive(token):
            return {"active": False}
        shown: dict[str, Any] = {
            "active": True,
            "scope": " ".join(token.scopes),
            "client_id": str(token.client_id),
            "token_type": "Bearer",
            "sub": str(token.account_id),
            "aud": str(token.client_id),
            "iss": self.issuer,
            "jti": token.id,
            "iat": int(token.created_at.timestamp()),
        }
        if token.expires_at is not None:
            shown["exp"] = int(token.expires_at.timestamp())
        return shown

    def _alive(self, token: Token) -> bool:
        ended = token.revoked_at is not None or (token.expires_at is not None and token.expires_at <= self.unit.now)
        return not ended and self.owner(token.account_id) is not None


def refusal(error: str, text: str, *, status: int | None = None) -> Outcome:
    """An OAuth refusal: RFC 6749 words plus `message` (spec 40 §4, form 4)."""
    code = status or (401 if error == "invalid_client" else 400)
    return Outcome(code, {"error": error, "error_description": text, "message": text})


def consented(unit: Unit, account_id: int, client: Client, organization: str, scopes: list[str]) -> bool:
    """Whether he allowed the client this much in this organization before."""
    found = unit.one(queries.CONSENT, account_id=account_id, client_id=client.id, organization=organization)
    return found is not None and ("*" in found or set(scopes) <= set(found))


def keep_consent(unit: Unit, account_id: int, client: Client, organization: str, scopes: list[str]) -> None:
    """He is not asked again."""
    unit.write(
        queries.PUT_CONSENT,
        account_id=account_id,
        client_id=client.id,
        organization=organization,
        scopes=scopes,
        given_at=unit.now,
    )
