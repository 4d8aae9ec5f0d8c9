"""What holds for every answer: one shape of errors, exact CORS, security headers, nothing of the visitor in logs."""

import asyncio
import logging
import time
from functools import lru_cache, wraps

from aiohttp import web
from aiohttp.typedefs import Handler
from multidict import CIMultiDict

from recorder import eventstore, limits, logs
from recorder.errors import Malformed, NotFound, Slow, TooLarge, YesmapError
from recorder.rates import Rates

RATES = web.AppKey("rates", Rates)

log = logging.getLogger("yesmap.recorder")

SECURITY = {
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


@web.middleware
async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What `errors` does, and letting a page read our answer when it names its origin; never with cookies.

    The page of a site that has no business here reads nothing.
    """
    logs.begin_request()
    eventstore.begin_request()
    origin = request.headers.get("Origin")
    try:
        response = await handler(request)
    except Exception as error:  # noqa: BLE001 - as above; one layer instead of two, since every batch passes it
        response = _answer(error)
        if isinstance(error, YesmapError) and error.code == "wrong_origin":
            origin = None
    _add_headers(response, origin)
    return response


def rated(what: str, view: Handler) -> Handler:
    """The view, refused to who comes too often from one address, before anything of the request is read."""

    @wraps(view)
    async def limited(request: web.Request) -> web.StreamResponse:
        forwarded = request.headers.getall("X-Forwarded-For", ())
        request.app[RATES].check(what, request.remote, forwarded, time.time())
        return await view(request)

    return limited


def _add_headers(response: web.StreamResponse, origin: str | None) -> None:
    headers = response.headers
    if not headers:  # an acknowledged batch: there is nothing to look for
        headers.extend(_headers(origin))
        return
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
        case web.HTTPException():
            return web.json_response(
                {"error": {"code": error.reason.lower().replace(" ", "_"), "message": f"{error.reason}."}},
                status=error.status,
                headers={k: v for k, v in error.headers.items() if k == "Allow"},
            )
        case ConnectionResetError():
            raise error
    # The traceback may hold the request; its kind and place do not.
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
    log.error("%s at %s", type(error).__name__, where)
    return _refusal(
        YesmapError(f"Something went wrong on our side, noted as {logs.request_id()}. Nothing was kept.")
    )


def _refusal(error: YesmapError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return web.json_response(error.as_json(), status=error.status, headers=headers)


async def read_limited(request: web.Request, most: int) -> bytes:
    """The body, refused by its announced length before it is read and by its real one while it is read."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
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
