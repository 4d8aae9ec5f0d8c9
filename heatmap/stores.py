"""The configured stores, for a command that works beside a running Yesmap or without one."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from pydantic import SecretStr

from heatmap import parts
from heatmap.parts import Parts
from recorder import embedded, settings
from recorder.settings import Settings


def with_parts(go: Callable[[Parts], Awaitable[None]]) -> None:
    """Run `go` with the configured stores."""

    async def opened(chosen: Settings) -> None:
        async with parts.opened(chosen) as found:
            await go(found)

    with with_event_store(settings.read(), embedded.running_or_own) as chosen:
        asyncio.run(opened(chosen))


@contextlib.contextmanager
def with_event_store(
    chosen: Settings, start: Callable[[Path], AbstractContextManager[str]] = embedded.event_store
) -> Iterator[Settings]:
    """The settings with an event store: the configured one, or the embedded one of the data folder."""
    if chosen.redis_url is not None:
        yield chosen
        return
    with contextlib.ExitStack() as stack:
        with chosen.blamed("data"):
            url = stack.enter_context(start(chosen.data / "events"))
        yield chosen.model_copy(update={"redis_url": SecretStr(url)})
