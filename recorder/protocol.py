"""From a connection to a view. What is no HTTP request is refused here: in the one shape of errors, never logged."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Coroutine
from functools import partial
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from recorder import limits
from recorder.errors import Malformed, YesmapError
from recorder.middlewares import SECURITY, Ready, log

#: By method and path: what is asked so often that the router is left out, which takes a tenth of a batch's time.
STRAIGHT = web.AppKey("straight", dict[tuple[str, str], Handler])


class Protocol(web.RequestHandler):
    """The server's side of one connection."""

    _head = 0  #: bytes of a head that is not all there
    _ended = False  #: whether the other side has said that it asks nothing more

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Read as much at once as a batch is: each read takes a place of that size, which is written over later.

        What nobody reads is given up by the system too, also on a connection that we have closed.
        """
        transport.max_size = limits.READ_BYTES  # type: ignore[attr-defined]
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            most = int(1000 * limits.READ_SECONDS)
            transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, most)
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        """The library bounds each header and their number, which together is 1 MB that nobody has to finish."""
        super().data_received(data)
        if self._waiter is None or self._waiter.done():  # there is a request to answer
            self._head = 0
            return
        self._head += len(data)
        if self._head > limits.HEAD_BYTES:
            self.force_close()

    def eof_received(self) -> bool:  # type: ignore[override] # the library's own never lets it stay open
        """Who has said all that they have to say still hears the answers; half a request gets none."""
        answering = self._current_request is not None or self._request_in_progress
        if self._arriving() or not (answering or self._messages):
            return False
        self._ended = True
        self._close_behind_the_last()
        return True

    def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> Coroutine[Any, Any, tuple[web.StreamResponse, bool]]:
        """An answer that nobody reads is not kept for ever; those to batches are small, and wait once they pile up.

        An `Expect` that nobody can fulfil is refused before the middlewares are asked; in our shape nevertheless.
        """
        if isinstance(resp, web.HTTPExpectationFailed):
            error = Malformed("A header asks for something that is not done here.")
            resp = web.json_response(error.as_json(), status=resp.status, headers=SECURITY)
        self._close_behind_the_last()
        finishing = super().finish_response(request, resp, start_time)
        if isinstance(resp, Ready) and not self.writing_paused:
            return finishing
        return self._in_time(finishing, request, resp)

    async def _in_time(
        self,
        finishing: Awaitable[tuple[web.StreamResponse, bool]],
        request: web.BaseRequest,
        resp: web.StreamResponse,
    ) -> tuple[web.StreamResponse, bool]:
        try:
            async with asyncio.timeout(limits.READ_SECONDS):
                finished = await finishing
                await request.writer.drain()
                return finished
        except TimeoutError:
            if self.transport:
                self.transport.abort()  # closing it would wait for the rest to be read
            self.force_close()
            return resp, True

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """A refusal instead of the library's own page, which repeats the request and logs the address it came from."""
        if request.writer.output_size > 0:
            raise ConnectionError("The answer has begun already.")
        if status < 500 or isinstance(exc, UnicodeError):
            error: YesmapError = Malformed("This is not an HTTP request that can be read.")
        else:
            if not isinstance(
                exc, ConnectionError
            ):  # who goes away in the middle of a request is no error of ours
                log.error("%s outside of a view", type(exc).__name__)
            error = YesmapError("Something went wrong on our side. Nothing was kept.")
        response = web.json_response(error.as_json(), status=error.status, headers=SECURITY)
        response.force_close()
        return response

    def close(self) -> None:
        """We were told to stop: no further request, but a body that is on its way is still listened to."""
        if not self._arriving():
            super().close()

    async def shutdown(self, timeout: float | None = 15.0) -> None:
        """A body that is on its way has half of that time; the rest is the library's, which takes it twice."""
        half = (timeout or 0) / 2
        began = asyncio.get_running_loop().time()
        if request := self._arriving():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(half):
                    await request.content.wait_eof()
        spent = asyncio.get_running_loop().time() - began
        await super().shutdown(max(2 * half - spent, half) / 2)

    def _close_behind_the_last(self) -> None:
        """Once nobody asks anything more: the request that is being answered is the last, if no other waits."""
        if self._ended and not self._messages:
            super().close()

    def _arriving(self) -> web.BaseRequest | None:
        """The request that is being answered, while its body is not all there."""
        request = self._current_request
        return request if request is not None and not request.content.is_eof() else None


class Runner(web.AppRunner):
    """Runs an application behind `Protocol`, with what it has in `STRAIGHT`."""

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        straight, routed = self.app.get(STRAIGHT, {}), made.request_handler

        class Request(web.Request):
            """Knows its application before a router has seen it."""

            app = self.app

        def handler(request: web.BaseRequest) -> Awaitable[web.StreamResponse]:
            found = straight.get((request.method, request.path))
            if found is None or "Expect" in request.headers:
                return routed(request)
            return found(request)  # type: ignore[arg-type]

        make = partial(made.request_factory, _cls=Request)  # type: ignore[call-arg]

        def factory(*parts: Any) -> web.BaseRequest:
            """Its connection knows from here on that it has this request, not only once its task is run."""
            request = make(*parts)
            request.protocol._current_request = request
            return request

        return _Server(handler, request_factory=factory, **made._kwargs)


class _Server(web.Server):
    def __call__(self) -> web.RequestHandler:
        return Protocol(self, loop=self._loop, **self._kwargs)
