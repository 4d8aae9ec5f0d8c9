"""`python -m heatmap`: the team's face against configured stores."""

from recorder import overwriting

if __name__ == "__main__":
    overwriting.begin()

import asyncio
import sys

from heatmap import metrics
from heatmap.site.app import build
from heatmap.site.welcome import said
from recorder import operator, settings
from recorder.errors import Unusable
from recorder.logs import quiet_logs
from recorder.serving import Face, until_stopped
from recorder.settings import Settings


def main() -> None:
    quiet_logs()
    try:
        chosen = settings.read()
        face = Face(build(chosen), chosen.team_host, chosen.team_port, "YESMAP_TEAM_PORT")
        watching = operator.faces(chosen, [metrics.watched(face.app)])
        asyncio.run(
            until_stopped(
                [face, *watching],
                lambda ports: print(*said(face.app, _url(chosen, ports[0])), sep="\n", flush=True),
            )
        )
    except Unusable as error:
        sys.exit(f"yesmap: {error.message}")


def _url(chosen: Settings, port: int) -> str:
    return chosen.team_url or f"http://{chosen.team_host}:{port}"


if __name__ == "__main__":
    main()
