"""The wires between the parts, as a process of their own that can spoil them: `python -m tests.torture.lanes CONFIG`.

CONFIG is JSON: for each lane its name, the port it listens on, and where it leads. A line on stdin, `NAME HOW`, says
how a lane is from now on. Every lane can be

    pass     as it should be
    refuse   nobody answers: connections are refused, those that were there are reset
    hold     everything stays open and nothing arrives

those with a wire

    cut      packets vanish (see wires.py)

and lanes to an S3 server, request by request, also

    500, 503 an answer of the server's own, and nothing done
    slow     seconds late
    half     done, but only the first half of the answer arrives
    lost     done, but the answer does not arrive
"""

import asyncio
import contextlib
import json
import random
import socket
import sys
from asyncio import StreamReader, StreamWriter
from dataclasses import dataclass, field
from typing import Any

from tests.torture.wires import Wire

SLOW_SECONDS = 2.0
PIECE = 1 << 16
SPOILING = ("500", "503", "slow", "half", "lost")
CUTTING = ("refuse", "hold", "cut")


@dataclass
class Lane:
    """From a port of this machine to a port, or to a socket's path."""

    port: int
    to: str
    http: bool = False
    wired: bool = False  #: reached over a wire of its own
    how: str = "pass"
    open: set[StreamWriter] = field(default_factory=set)
    passing: asyncio.Event = field(default_factory=asyncio.Event)
    server: asyncio.Server | None = None
    wire: Wire | None = None

    async def become(self, how: str) -> None:
        if self.wired and self.wire is None:
            self.wire = Wire(self.port)
        if self.wire and "cut" in (how, self.how):
            await (self.wire.pull if how == "cut" else self.wire.plug)()
        self.how = how
        (self.passing.clear if how == "hold" else self.passing.set)()
        if how == "refuse":
            await self._shut()
        elif self.server is None:
            listening = (
                await self.wire.listen() if self.wire else socket.create_server(("127.0.0.1", self.port))
            )
            self.server = await asyncio.start_server(self._serve, sock=listening)

    async def _shut(self) -> None:
        if self.server:
            self.server.close()
            self.server = None
        for writer in list(self.open):
            writer.transport.abort()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        self.open.add(writer)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, ValueError):
            there_reader, there_writer = await self._connect()
            self.open.add(there_writer)
            try:
                if self.http:
                    await self._exchange(reader, writer, there_reader, there_writer)
                else:
                    await self._both(reader, writer, there_reader, there_writer)
            finally:
                self.open.discard(there_writer)
                there_writer.close()
        self.open.discard(writer)
        writer.close()

    async def _connect(self) -> tuple[StreamReader, StreamWriter]:
        if self.to.startswith("/"):
            return await asyncio.open_unix_connection(self.to)
        return await asyncio.open_connection("127.0.0.1", int(self.to))

    async def _both(
        self, reader: StreamReader, writer: StreamWriter, back: StreamReader, forth: StreamWriter
    ) -> None:
        ways = [asyncio.create_task(self._pipe(*way)) for way in ((reader, forth), (back, writer))]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _pipe(self, reader: StreamReader, writer: StreamWriter) -> None:
        while data := await reader.read(PIECE):
            await self.passing.wait()
            writer.write(data)
            await writer.drain()

    # --- HTTP

    async def _exchange(
        self, reader: StreamReader, writer: StreamWriter, back: StreamReader, forth: StreamWriter
    ) -> None:
        while True:
            request = await _message(reader, client=writer)
            await self.passing.wait()
            how = self.how
            if how in {"500", "503"}:
                writer.write(_answer(how))
                await writer.drain()
                continue
            if how == "slow":
                await asyncio.sleep(random.uniform(0.5, SLOW_SECONDS))
            forth.write(request)
            await forth.drain()
            answer = await _message(back, head_only=request.startswith(b"HEAD"))
            await self.passing.wait()
            if how == "lost":
                return
            writer.write(answer[: len(answer) // 2] if how == "half" else answer)
            await writer.drain()
            if how == "half":
                return


async def _message(
    reader: StreamReader, *, head_only: bool = False, client: StreamWriter | None = None
) -> bytes:
    """A whole request of a client, or a whole answer."""
    head = await reader.readuntil(b"\r\n\r\n")
    low = head.lower()
    if client and b"expect: 100-continue" in low:
        client.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    if low.startswith(b"http/1.1 100"):
        return await _message(reader)
    if head_only or low.startswith((b"http/1.1 204", b"http/1.1 304")):
        return head
    if b"transfer-encoding: chunked" in low:
        return head + await _chunks(reader)
    if b"content-length:" in low:
        size = int(low.partition(b"content-length:")[2].partition(b"\r\n")[0])
        return head + await reader.readexactly(size)
    return head


async def _chunks(reader: StreamReader) -> bytes:
    found = b""
    while True:
        line = await reader.readline()
        size = int(line.split(b";")[0], 16)
        found += line + await reader.readexactly(size + 2)
        if size == 0:
            return found


def _answer(status: str) -> bytes:
    """As S3 servers say it."""
    code = "InternalError" if status == "500" else "SlowDown"
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code></Error>"
    head = f"HTTP/1.1 {status} {code}\r\nContent-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


async def run(config: dict[str, dict[str, Any]]) -> None:
    lanes = {name: Lane(**about) for name, about in config.items()}
    for lane in lanes.values():
        await lane.become("pass")
    print("lanes are open", flush=True)
    commands = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    while line := await commands.readline():
        name, how = line.decode().split()
        await lanes[name].become(how)


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.argv[1])))
