"""One small tree of refusals. Each carries its HTTP status, a code for programs and a sentence for the caller."""


class YesmapError(Exception):
    """Something that was refused or could not be done, and why."""

    status = 500
    code = "internal"
    retry_after: int | None = None

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code

    def as_json(self) -> dict[str, dict[str, str]]:
        return {"error": {"code": self.code, "message": self.message}}


class Malformed(YesmapError):
    """The bytes are not what the format asks for."""

    status, code = 400, "malformed"


class Unreadable(Malformed):
    """What is stored cannot be read, since a newer release wrote it or it is damaged: a good request may come again."""

    status, code, retry_after = 503, "unavailable", 60


class Slow(YesmapError):
    """The rest of the request did not come in time."""

    status, code = 408, "too_slow"


class TooLarge(YesmapError):
    """The body has more bytes than are taken."""

    status, code = 413, "too_large"


class WrongType(YesmapError):
    """The content type is not what is taken."""

    status, code = 415, "wrong_type"


class BadToken(YesmapError):
    """No token, or not one of ours."""

    status, code = 401, "bad_token"


class TokenExpired(BadToken):
    """Ours, but past its time: renew it."""

    code = "token_expired"


class Forbidden(YesmapError):
    """A good token or request in the wrong place."""

    status, code = 403, "forbidden"


class NotFound(YesmapError):
    """There is nothing of that name."""

    status, code = 404, "not_found"


class Conflict(YesmapError):
    """Somebody else wrote first, or the state does not allow it."""

    status, code = 409, "conflict"


class SessionFull(Conflict):
    """The visitor session reached its cap: no more events, but every right remains."""

    code = "session_full"


class Paused(Conflict):
    """The visitor paused the session: nothing is taken until they go on."""

    code = "paused"


class Gone(YesmapError):
    """Withdrawn, ended or destroyed: forget the token."""

    status, code = 410, "gone"


class TooOften(YesmapError):
    """More than one address may ask in a while."""

    status, code = 429, "too_often"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(YesmapError):
    """A store is down or full; nothing was taken, try again."""

    status, code, retry_after = 503, "unavailable", 5


class Unusable(YesmapError):
    """A setting or a file that makes no sense: the start stops with this sentence."""

    code = "unusable"
