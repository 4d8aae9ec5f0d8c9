"""`python -m recorder`: the visitors' face against configured stores."""

import asyncio
import sys

from recorder import settings
from recorder.app import build
from recorder.errors import Unusable
from recorder.serving import Face, quiet_logs, until_stopped


def main() -> None:
    quiet_logs()
    try:
        chosen = settings.read()
        face = Face(build(chosen), chosen.host, chosen.port, "YESMAP_PORT")
        asyncio.run(
            until_stopped(
                [face], lambda ports: print(f"visitors' face: http://{chosen.host}:{ports[0]}", flush=True)
            )
        )
    except Unusable as error:
        sys.exit(f"yesmap: {error.message}")


if __name__ == "__main__":
    main()
