"""What holds for every answer: one shape of errors, exact CORS, security headers, nothing of the visitor in logs."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from email.utils import formatdate
from functools import lru_cache
from typing import NamedTuple

from aiohttp import HttpVersion11, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict

from recorder import eventstore, limits, logs
from recorder.errors import Malformed, NotFound, Slow, TooLarge, YesmapError
from recorder.rates import Rates

RATES = web.AppKey("rates", Rates)

log = logging.getLogger("yesmap.recorder")

SECURITY = {
    "Server": "Yesmap",  # the library would name its version
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every refusal as `{"error": {"code", "message"}}` with its status."""
    logs.begin_request()
    try:
        return await handler(request)
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the caller gets a clean answer
        return _answer(error)


class Rule(NamedTuple):
    """What holds for the requests of a view: the allowance they take from, and who counts how they went."""

    allowance: str
    counted: Callable[[str | None, float], None] | None = None  #: told the code of a refusal, and seconds


_NO_RULE = Rule("")


def edge(rates: Rates, rules: Mapping[Handler, Rule]) -> Middleware:
    """What `errors` does, and letting a page read our answer when it names its origin; never with cookies.

    Who comes too often from one address is refused before anything of the request is read. The page of a site that has
    no business here reads nothing. One layer for all of it, since every batch passes.
    """

    @web.middleware
    async def answered(request: web.Request, handler: Handler) -> web.StreamResponse:
        logs.begin_request()
        eventstore.begin_request()
        origin, rule, refused = request.headers.get("Origin"), rules.get(handler, _NO_RULE), None
        began = time.perf_counter()
        try:
            if rule.allowance:
                forwarded = request.headers.getall("X-Forwarded-For", ())
                rates.check(rule.allowance, request.remote, forwarded, time.time())
            response = await handler(request)
        except Exception as error:  # noqa: BLE001 - as above
            response = _answer(error)
            refused = error.code if isinstance(error, YesmapError) else YesmapError.code
        if rule.counted:
            rule.counted(refused, time.perf_counter() - began)
        if not isinstance(response, Ready):
            _add_headers(response, None if refused == "wrong_origin" else origin)
        return response

    return answered


def acknowledged(request: web.Request) -> web.StreamResponse:
    """The answer to a batch: 204."""
    if request.version < HttpVersion11 or not request.keep_alive:
        return web.Response(status=204)
    return Ready(_acknowledgement(request.headers.get("Origin"), int(time.time())))


class Ready(web.StreamResponse):
    """An empty answer on a connection that stays. Its bytes were made before: that saves a tenth of a batch's cost."""

    keep_alive = True

    def __init__(self, head: bytes) -> None:
        super().__init__(status=204)
        self._head = head

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        await request.writer.write(self._head)
        return request.writer

    async def write_eof(self, data: bytes = b"") -> None:
        """There is nothing more to write."""


@lru_cache(limits.ORIGINS_REMEMBERED)
def _acknowledgement(origin: str | None, second: int) -> bytes:
    """Its head in this second, for a page of this origin."""
    headers = {**_headers(origin), "Date": formatdate(second, usegmt=True)}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 204 No Content\r\n{lines}\r\n".encode()


def _add_headers(response: web.StreamResponse, origin: str | None) -> None:
    headers = response.headers
    if headers.get("Access-Control-Allow-Origin") == "*":  # files are for everybody, and cached for all
        headers.update(SECURITY)
        return
    also = headers.getall("Vary", ())
    headers.update(_headers(origin))
    if also:
        headers["Vary"] = ", ".join(["Origin", *also])


@lru_cache(limits.ORIGINS_REMEMBERED)
def _headers(origin: str | None) -> CIMultiDict[str]:
    """For a page of this origin.

    It is answered as given, not because it is trusted: what an origin may do is checked against its recording.
    """
    shown = CIMultiDict(SECURITY, Vary="Origin")
    if origin and origin != "null" and origin.isascii():
        shown["Access-Control-Allow-Origin"] = origin
        shown["Access-Control-Expose-Headers"] = "Retry-After"
    return shown


def _answer(error: Exception) -> web.StreamResponse:
    """What the caller is told of an error."""
    match error:
        case YesmapError():
            return _refusal(error)
        case web.HTTPNotFound():
            return _refusal(NotFound("There is nothing at this address."))
        case web.HTTPRequestEntityTooLarge():
            return _refusal(TooLarge("The body is larger than what is taken here."))
        case web.HTTPException() if error.status < 400:
            raise error
        case web.HTTPMethodNotAllowed():
            taken = ", ".join(sorted(error.allowed_methods))
            return web.json_response(
                {"error": {"code": "wrong_method", "message": f"Only {taken} is taken at this address."}},
                status=error.status,
                headers={"Allow": taken},
            )
        case web.HTTPException():
            return web.json_response(
                {"error": {"code": error.reason.lower().replace(" ", "_"), "message": f"{error.reason}."}},
                status=error.status,
            )
        case ConnectionResetError():
            raise error
    return _refusal(unforeseen(error))


def unforeseen(error: Exception) -> YesmapError:
    """What the caller is told of an error that nobody thought of: under which name it stands in the log."""
    # The traceback may hold the request; its kind and place do not.
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    log.error("%s at %s", type(error).__name__, where)
    return YesmapError(f"Something went wrong on our side, noted as {logs.request_id()}. Nothing was kept.")


def _refusal(error: YesmapError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return web.json_response(error.as_json(), status=error.status, headers=headers)


async def read_limited(request: web.Request, most: int) -> bytes:
    """The body, refused by its announced length before it is read and by its real one while it is read."""
    encodings = request.headers.getall("Content-Encoding", ())
    if encodings and any(each.lower() != "identity" for each in encodings):
        raise Malformed("Compressed bodies are not taken: send it as it is.", code="wrong_encoding")
    if (request.content_length or 0) > most:
        raise TooLarge(f"The body has {request.content_length} bytes, at most {most} are taken.")
    body = request.content.read_nowait()  # most bodies came with the head
    if not request.content.at_eof():
        body += await _rest(request, most - len(body))
    if len(body) > most:
        raise TooLarge(f"The body has more than {most} bytes.")
    return body


async def _rest(request: web.Request, most: int) -> bytes:
    """What has not come with the head: until it is too much, or takes too long."""
    body = bytearray()
    try:
        async with asyncio.timeout(limits.BODY_SECONDS):
            while len(body) <= most and not request.content.at_eof():
                body += await request.content.readany()
    except TimeoutError:
        raise Slow(f"The body did not arrive within {limits.BODY_SECONDS} s.") from None
    return bytes(body)
