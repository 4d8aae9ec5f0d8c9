"""A load generator that costs less than what it measures: kept-alive sockets, one epoll, answers without a body."""

import select
import socket
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Self

CONNECTIONS = 32
_GOOD, _END = b"HTTP/1.1 204", b"\r\n\r\n"


class Refused(AssertionError):
    """The server answered something else than 204."""


class Load:
    """Some connections to one port of this machine."""

    def __init__(self, port: int, request: Callable[[], bytearray], connections: int = CONNECTIONS) -> None:
        self._request = request
        self.acknowledged = 0
        self._poll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        for _ in range(connections):
            made = socket.create_connection(("127.0.0.1", port))
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets[made.fileno()] = made
            self._poll.register(made, select.EPOLLIN)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: tuple[type[BaseException], BaseException, TracebackType]) -> None:
        for each in self._sockets.values():
            each.close()
        self._poll.close()

    def closed(self, seconds: float) -> float:
        """Every connection sends its next request when its answer is there; gives answers per second."""
        end = time.perf_counter() + seconds
        return self._closed(lambda _: time.perf_counter() < end)

    def closed_for(self, requests: int) -> float:
        """The same for so many requests, at least one for each connection."""
        return self._closed(lambda answers: answers + len(self._sockets) <= requests)

    def _closed(self, more: Callable[[int], bool]) -> float:
        """As long as there are `more` after so many answers."""
        began, answers = time.perf_counter(), 0
        for each in self._sockets.values():
            each.sendall(self._request())
        waiting = len(self._sockets)
        while waiting:
            for number, _ in self._poll.poll():
                self._answer(number)
                answers += 1
                if more(answers):
                    self._sockets[number].sendall(self._request())
                else:
                    waiting -= 1
        return answers / (time.perf_counter() - began)

    def open(self, seconds: float, rate: float) -> list[float]:
        """Requests are due at a fixed rate, whatever the server does; gives each one's seconds from due to answered."""
        began, due, total = time.perf_counter(), 0, int(seconds * rate)
        free, sent, times = deque(self._sockets), dict[int, float](), list[float]()
        while len(times) < total:
            now = time.perf_counter()
            while free and due < total and began + due / rate <= now:
                number = free.popleft()
                sent[number] = began + due / rate
                self._sockets[number].sendall(self._request())
                due += 1
            wait = max(0.0, began + due / rate - now) if free and due < total else -1
            for number, _ in self._poll.poll(wait):
                self._answer(number)
                times.append(time.perf_counter() - sent.pop(number))
                free.append(number)
        return times

    def _answer(self, number: int) -> None:
        answer = self._sockets[number].recv(65536)
        while _END not in answer:
            more = self._sockets[number].recv(65536)
            if not more:
                raise Refused("The server hung up.")
            answer += more
        if not answer.startswith(_GOOD):
            raise Refused(answer.decode("latin-1"))
        self.acknowledged += 1
