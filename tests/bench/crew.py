"""Several collector processes on one port, as `yesmap serve --workers` starts them, to be measured together."""

import asyncio
import json
import os
import sys
from pathlib import Path

from pydantic import SecretStr

from recorder import settings
from recorder.crew import Crew
from recorder.logs import quiet_logs
from tests.recorder.test_embedded import children


async def serve(data: Path, redis_url: str, size: int) -> None:
    """Print the port and the workers' process ids as one line of JSON, then serve until stdin ends."""
    chosen = settings.read(data=data, redis_url=SecretStr(redis_url), port=0)
    async with Crew(chosen, size).serving() as port:
        print(json.dumps({"port": port, "pids": children(os.getpid())}), flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    quiet_logs()
    asyncio.run(serve(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
