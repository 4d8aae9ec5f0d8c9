"""`python -m heatmap`: the team's face against configured stores."""

import asyncio
import sys

from heatmap.site.app import build
from heatmap.site.welcome import said
from recorder import settings
from recorder.errors import Unusable
from recorder.serving import Face, quiet_logs, until_stopped
from recorder.settings import Settings


def main() -> None:
    quiet_logs()
    try:
        chosen = settings.read()
        face = Face(build(chosen), chosen.team_host, chosen.team_port, "YESMAP_TEAM_PORT")
        asyncio.run(
            until_stopped(
                [face], lambda ports: print(*said(face.app, _url(chosen, ports[0])), sep="\n", flush=True)
            )
        )
    except Unusable as error:
        sys.exit(f"yesmap: {error.message}")


def _url(chosen: Settings, port: int) -> str:
    return chosen.team_url or f"http://{chosen.team_host}:{port}"


if __name__ == "__main__":
    main()
