"""`python -m heatmap`: the team's face against configured stores."""

import asyncio
import sys

from heatmap.site.app import build
from heatmap.site.signin import team_key
from recorder import settings
from recorder.errors import Unusable
from recorder.serving import Face, quiet_logs, until_stopped


def main() -> None:
    quiet_logs()
    try:
        chosen = settings.read()
        face = Face(build(chosen), chosen.team_host, chosen.team_port, "YESMAP_TEAM_PORT")
        link = f"http://{chosen.team_host}:{{}}/signin?key={team_key(chosen)}"
        asyncio.run(
            until_stopped([face], lambda ports: print(f"team's face: {link.format(ports[0])}", flush=True))
        )
    except Unusable as error:
        sys.exit(f"yesmap: {error.message}")


if __name__ == "__main__":
    main()
