"""What holds for every answer: one shape of errors, exact CORS, security headers, nothing of the visitor in logs."""

import json
import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from recorder.errors import Malformed, NotFound, TooLarge, YesmapError
from recorder.rates import Rates

RATES = web.AppKey("rates", Rates)
#: Which allowance a request takes from. What only reads what is public takes from none.
RATED = {
    "/v1/consent": "consents",
    "/v1/count": "counts",
    "/v1/events": "events",
    **dict.fromkeys(
        (f"/v1/{name}" for name in ("renew", "rights", "mine", "purposes", "pause", "withdraw")), "rights"
    ),
}

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
    try:
        return await handler(request)
    except YesmapError as error:
        return _refusal(error)
    except web.HTTPNotFound:
        return _refusal(NotFound("There is nothing at this address."))
    except web.HTTPRequestEntityTooLarge:
        return _refusal(TooLarge("The body is larger than what is taken here."))
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return web.json_response(
            {"error": {"code": error.reason.lower().replace(" ", "_"), "message": f"{error.reason}."}},
            status=error.status,
            headers={k: v for k, v in error.headers.items() if k == "Allow"},
        )
    except ConnectionResetError:
        raise
    except Exception as error:  # noqa: BLE001 - the edge: whatever it is, the caller gets a clean answer
        # The traceback may hold the request; its kind and place do not.
        place = error.__traceback__
        while place and place.tb_next:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else "?"
        log.error("%s at %s", type(error).__name__, where)  # noqa: TRY400
        return _refusal(YesmapError("Something went wrong on our side. Nothing was kept."))


@web.middleware
async def rated(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse what comes too often from one address, before anything of it is read."""
    if what := RATED.get(request.path):
        forwarded = request.headers.getall("X-Forwarded-For", ())
        request.app[RATES].check(what, request.remote, forwarded, time.time())
    return await handler(request)


async def one_shape(_: web.BaseRequest, response: web.StreamResponse) -> None:
    """In our shape also what is refused before the middlewares are asked: an `Expect` that nobody can fulfil."""
    if (
        response.status >= 400
        and response.content_type == "text/plain"
        and isinstance(response, web.Response)
    ):
        response.text = json.dumps(Malformed("A header asks for something that is not done here.").as_json())
        response.content_type = "application/json"


def _refusal(error: YesmapError) -> web.Response:
    headers = {"Retry-After": str(error.retry_after)} if error.retry_after else {}
    return web.json_response(error.as_json(), status=error.status, headers=headers)


@web.middleware
async def cors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let a page read our answer when it names its origin; never with cookies.

    The origin is answered as given, not because it is trusted: what an origin may do is checked against its recording.
    """
    response = await handler(request)
    if (
        response.headers.get("Access-Control-Allow-Origin") != "*"
    ):  # files are for everybody, and cached for all
        _for_its_origin(request, response)
    response.headers.update(SECURITY)
    return response


def _for_its_origin(request: web.Request, response: web.StreamResponse) -> None:
    origin = request.headers.get("Origin")
    if origin and origin != "null" and origin.isascii():
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    response.headers["Vary"] = ", ".join(["Origin", *response.headers.getall("Vary", [])])


async def read_limited(request: web.Request, most: int) -> bytes:
    """The body, refused by its announced length before it is read and by its real one while it is read."""
    if request.headers.get("Content-Encoding", "identity") != "identity":
        raise Malformed("Compressed bodies are not taken: send it as it is.", code="wrong_encoding")
    if (request.content_length or 0) > most:
        raise TooLarge(f"The body has {request.content_length} bytes, at most {most} are taken.")
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"The body has more than {most} bytes.")
    return bytes(body)
