"""`python -m recorder`: the visitors' face against configured stores."""

import argparse
import asyncio
import socket
import sys

from recorder import settings
from recorder.app import build
from recorder.errors import Unusable
from recorder.serving import Face, Serves, Shared, quiet_logs, until_stopped


def main() -> None:
    words = argparse.ArgumentParser(prog="python -m recorder", description="The visitors' face.")
    words.add_argument("--socket", type=int, help=argparse.SUPPRESS)  # how a crew hands down its own
    words.add_argument("--workers", type=int, default=1, help=argparse.SUPPRESS)  # and how many it is
    given = words.parse_args()
    quiet_logs()
    try:
        chosen = settings.read()
        app = build(chosen, given.workers)
        face: Serves = Face(app, chosen.host, chosen.port, "YESMAP_PORT")
        if given.socket is not None:
            face = Shared(app, socket.socket(fileno=given.socket))
        asyncio.run(
            until_stopped(
                [face], lambda ports: print(f"visitors' face: http://{chosen.host}:{ports[0]}", flush=True)
            )
        )
    except Unusable as error:
        sys.exit(f"yesmap: {error.message}")


if __name__ == "__main__":
    main()
