"""Wires that can be pulled: what listens at the far end has a network of its own, and packets on the way are lost.

Linux gives a thread of ours a network namespace; the wire is a pair of virtual Ethernet devices. Both are gone with
this process, however it ends. Only root may do that, and it takes `ip` of iproute2.
"""

import asyncio
import ctypes
import functools
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address
from typing import TypeVar

R = TypeVar("R")

_NEW_NETWORK = 0x40000000  #: CLONE_NEWNET, see unshare(2)
#: For tests of networks, and nothing else (RFC 2544): 198.18.0.0/15, four addresses for each wire.
_FIRST, _WIRES = int(IPv4Address("198.18.0.0")), 1 << 15


@functools.cache
def permitted() -> bool:
    """Whether wires can be laid here."""
    tried = ("unshare", "--net", "ip", "link", "add", "one", "type", "veth", "peer", "name", "other")
    known = all(map(shutil.which, ("unshare", "ip")))
    return known and subprocess.run(tried, check=False, capture_output=True).returncode == 0


def address(port: int) -> str:
    """Where what listens on this port at the far end of its wire is reached."""
    return str(IPv4Address(_FIRST + 4 * (port % _WIRES) + 2))


class Wire:
    """From this process's network to one that only `port` is in."""

    def __init__(self, port: int) -> None:
        self._there, self._here = address(port), str(IPv4Address(address(port)) - 1)
        self._device, self._port = f"wire{port}", port
        self._far = ThreadPoolExecutor(1)  # the thread that lives there
        self._far.submit(self._lay).result()
        _ip("address", "add", f"{self._here}/30", "dev", self._device)
        _ip("link", "set", self._device, "up")

    async def listen(self) -> socket.socket:
        return await self._do(self._listen)

    async def pull(self) -> None:
        """From now on nothing gets through, and nobody is told."""
        await self._do(_ip, "link", "set", "far", "down")

    async def plug(self) -> None:
        await self._do(_ip, "link", "set", "far", "up")

    async def _do(self, function: Callable[..., R], *arguments: str) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._far, function, *arguments)

    def _lay(self) -> None:
        if ctypes.CDLL(None, use_errno=True).unshare(_NEW_NETWORK):
            raise OSError(ctypes.get_errno(), "This thread gets no network of its own")
        near = ("type", "veth", "peer", "name", self._device, "netns", str(os.getpid()))
        _ip("link", "add", "far", *near)
        _ip("address", "add", f"{self._there}/30", "dev", "far")
        _ip("link", "set", "far", "up")

    def _listen(self) -> socket.socket:
        return socket.create_server((self._there, self._port))


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
