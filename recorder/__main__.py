"""`python -m recorder`: the visitors' face against configured stores."""

from recorder import overwriting

if __name__ == "__main__":
    overwriting.begin()

import argparse
import asyncio
import socket
import sys

from recorder import metrics, operator, settings
from recorder.app import build
from recorder.errors import Unusable
from recorder.logs import quiet_logs
from recorder.serving import Face, Serves, Shared, until_stopped


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m recorder", description="The visitors' face.")
    words.add_argument("--socket", type=int, help=argparse.SUPPRESS)  # how a crew hands down its own
    words.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)  # and how many it is
    given = words.parse_args()
    quiet_logs()
    try:
        chosen = settings.read()
        app = build(chosen, given.workers)
        faces: list[Serves] = [Face(app, chosen.host, chosen.port, "YESMAP_PORT")]
        faces += operator.faces(chosen, [metrics.watched(app)])
        if given.socket is not None:
            faces = [Shared(app, socket.socket(fileno=given.socket))]
        asyncio.run(
            until_stopped(
                faces, lambda ports: print(f"visitors' face: http://{chosen.host}:{ports[0]}", flush=True)
            )
        )
    except Unusable as error:
        sys.exit(f"yesmap: {error.message}")


if __name__ == "__main__":
    main()
