"""One class per kind of refusal: status, code, message, details. Raised anywhere, rendered once in `server/`.

Spec 00 §11. The engine knows none of these; it answers problems and `Refused`.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar


class ApiError(Exception):
    """Base of everything a caller may be told. `headers` go out with the answer."""

    status: ClassVar[int] = 500
    default_code: ClassVar[str] = "INTERNAL_ERROR"
    default_message: ClassVar[str] = "Something went wrong."

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        errors: Mapping[str, list[str]] | None = None,
        details: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or self.default_message
        self.code = code or self.default_code
        self.errors = errors
        self.details = details
        self.headers = dict(headers or {})
        super().__init__(self.message)


class BadRequest(ApiError):
    """The request cannot be read (spec 00 BODY-05, BODY-06)."""

    status = 400
    default_code = "BAD_REQUEST"
    default_message = "The request could not be read."


class Unauthenticated(ApiError):
    """No, bad, expired or revoked credentials."""

    status = 401
    default_code = "UNAUTHENTICATED"
    default_message = "Unauthenticated."


class Forbidden(ApiError):
    """The caller may see it, but not do this."""

    status = 403
    default_code = "FORBIDDEN"
    default_message = "Your role does not allow this."


class NotFound(ApiError):
    """No such thing, or not visible to the caller: the same answer (spec 00 ID-04)."""

    status = 404
    default_code = "RESOURCE_NOT_FOUND"
    default_message = "Resource not found"


class EndpointNotFound(ApiError):
    """No such route."""

    status = 404
    default_code = "ENDPOINT_NOT_FOUND"
    default_message = "API endpoint not found"


class MethodNotAllowed(ApiError):
    """The route knows other methods; `Allow` names them."""

    status = 405
    default_code = "METHOD_NOT_ALLOWED"
    default_message = "This method is not allowed here."


class Conflict(ApiError):
    """A state for which a resource names this code."""

    status = 409
    default_code = "CONFLICT"
    default_message = "The request conflicts with the present state."


class SeatsTaken(Conflict):
    """No seat is left in a pool, `full` or `light`: answered in the nested form of spec 40 §4."""

    default_code = "SEAT_POOL_EXHAUSTED"

    def __init__(self, pool: str) -> None:
        super().__init__(f"The organization has reached its {pool} seat limit.", details={"pool_type": pool})


class Gone(ApiError):
    """It was there, and is not any more: a link that was replaced (spec 40 §14.5)."""

    status = 410
    default_code = "GONE"
    default_message = "This is no longer available."


TAKEN = "Something with the same key was written at the same moment. Please try again."
"""What a lost race for a unique key is told."""


class PreconditionFailed(ApiError):
    """`If-Match` or `If-Unmodified-Since` is stale; `details.current` is the present ETag (RFC 9110 §13)."""

    status = 412
    default_code = "PRECONDITION_FAILED"
    default_message = "The object was changed in the meantime."


class TooLarge(ApiError):
    """The body is larger than spec 00 §17 allows."""

    status = 413
    default_code = "PAYLOAD_TOO_LARGE"
    default_message = "The request body is too large."


class UriTooLong(ApiError):
    """The query is longer than 8 KB."""

    status = 414
    default_code = "URI_TOO_LONG"
    default_message = "The query is too long."


class UnsupportedMediaType(ApiError):
    """A body in a form nobody here reads."""

    status = 415
    default_code = "UNSUPPORTED_MEDIA_TYPE"
    default_message = "The content type of the body is not supported."


class RangeNotSatisfiable(ApiError):
    """The range of a download begins behind its end (RFC 9110 §15.5.17); `Content-Range` tells the size."""

    status = 416
    default_code = "RANGE_NOT_SATISFIABLE"
    default_message = "The file is shorter than that."


class Invalid(ApiError):
    """Field problems, all of a body together: path → texts. One problem is its own message (spec 00 §11.1)."""

    status = 422
    default_code = "VALIDATION_FAILED"
    default_message = "The given data was invalid."

    def __init__(self, errors: Mapping[str, list[str]], *, code: str | None = None) -> None:
        texts = [text for one in errors.values() for text in one]
        super().__init__(texts[0] if len(texts) == 1 else None, code=code, errors=errors, details=errors)


class StateRefused(ApiError):
    """The state of an object excludes the act (spec 00 ERR-11)."""

    status = 422
    default_code = "VALIDATION_FAILED"

    def __init__(self, code: str, message: str, *, path: str | None = None) -> None:
        errors = {path: [message]} if path else None
        super().__init__(message, code=code, errors=errors, details=errors)


class RateLimited(ApiError):
    """Too many requests; always with `Retry-After`."""

    status = 429
    default_code = "RATE_LIMIT_EXCEEDED"
    default_message = "Too many requests. Please try again later."


class Unavailable(ApiError):
    """The database or disk cannot serve this now; always with `Retry-After` (spec 00 RETRY-06)."""

    status = 503
    default_code = "UNAVAILABLE"
    default_message = "The server is busy. Please try again."

    def __init__(self, message: str | None = None, *, retry_after: int = 1) -> None:
        super().__init__(message, headers={"Retry-After": str(retry_after)})


def all_errors() -> Iterable[type[ApiError]]:
    """Every concrete class, for the OpenAPI document."""
    return tuple(ApiError.__subclasses__())
