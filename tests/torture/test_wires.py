"""That a wire that is pulled out lets nothing through."""

import asyncio
import contextlib
import socket
import sys
from asyncio.subprocess import PIPE

import pytest

from tests.processes import free_port
from tests.torture import wires

pytestmark = pytest.mark.skipif(
    not wires.permitted(), reason="only root may lay wires, with `ip` of iproute2"
)


async def test_what_is_sent_while_the_wire_is_pulled_arrives_when_it_is_back() -> None:
    """Nobody is told in the meantime: connections stay, and whoever connects waits."""
    loop, port = asyncio.get_running_loop(), free_port()
    wire = wires.Wire(port)
    listening = await wire.listen()
    listening.setblocking(False)
    with (
        contextlib.ExitStack() as stack,
        listening,
        socket.create_connection((wires.address(port), port)) as one,
        socket.socket() as other,
    ):
        there, _ = await loop.sock_accept(listening)
        stack.callback(there.close)
        await wire.pull()
        one.sendall(b"sent meanwhile")
        other.setblocking(False)
        connecting = asyncio.create_task(loop.sock_connect(other, (wires.address(port), port)))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await loop.sock_recv(there, 100)
        assert not connecting.done()

        await wire.plug()

        assert b"sent meanwhile" == await loop.sock_recv(there, 100)
        await connecting


async def test_a_wire_is_gone_with_what_laid_it() -> None:
    """However it ends, nothing is left on the machine."""
    port = free_port()
    lay = f"from tests.torture.wires import Wire; Wire({port}); print('laid', flush=True); input()"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", lay, stdin=PIPE, stdout=PIPE)
    assert process.stdout
    assert b"laid\n" == await process.stdout.readline()
    assert f"wire{port}" in _devices()

    process.kill()
    await process.wait()

    async with asyncio.timeout(60):  # the kernel clears networks away when it has the time
        while f"wire{port}" in _devices():
            await asyncio.sleep(0.05)


def _devices() -> list[str]:
    return [name for _, name in socket.if_nameindex()]
