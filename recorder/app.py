"""Builds the visitors' face. What it opens, it closes, here."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from recorder import certificates, files, limits, openapi, overwriting, rights, routes, views
from recorder.consent import Tokens
from recorder.errors import Unusable
from recorder.eventlog import EventLog
from recorder.eventstore import check_kind, connect
from recorder.keys import KeyRing, follow
from recorder.middlewares import RATES, edge
from recorder.objects import Objects, open_store, opened
from recorder.protocol import STRAIGHT
from recorder.rates import Rates
from recorder.registry import Registry
from recorder.settings import Settings


def build(settings: Settings, workers: int = 1) -> web.Application:
    """The application, not yet started: one of `workers` on a port. `settings.redis_url` must be given by now."""
    rates = Rates(settings.proxies, workers)
    answered = edge(rates, routes.RULES)
    app = web.Application(middlewares=[answered], client_max_size=limits.BODY_BYTES)
    app[STRAIGHT] = {("POST", routes.EVENTS): lambda request: answered(request, views.take)}
    app[views.SETTINGS], app[RATES] = settings, rates
    app[rights.READING] = asyncio.Semaphore(limits.SESSIONS_READ)
    with settings.blamed("keys_file"):
        ring = KeyRing.read_or_make(settings.keys_path)
    app[views.TOKENS] = Tokens(ring.tokens, ring.since)
    app[certificates.SIGNER] = ring.signer
    files.load(app, demo=settings.demo)
    openapi.load(app)
    routes.add(app, demo=settings.demo)
    app.cleanup_ctx.append(_stores)
    app.cleanup_ctx.append(_keys)
    app.cleanup_ctx.append(_letting_go)
    return app


async def _stores(app: web.Application) -> AsyncIterator[None]:
    async with stores(app[views.SETTINGS]) as (store, keys, log):
        await log.check_durable()
        app[views.STORE], app[views.KEY_STORE], app[views.LOG] = store, keys, log
        app[views.REGISTRY] = Registry(store, keys, app[certificates.SIGNER])
        async with rights_log(app[views.SETTINGS], log) as app[rights.LOG]:
            yield


async def _keys(app: web.Application) -> AsyncIterator[None]:
    """Take new signing keys without a restart."""
    stop, tokens = asyncio.Event(), app[views.TOKENS]
    path = app[views.SETTINGS].keys_path
    following = asyncio.create_task(follow(path, lambda ring: tokens.use(ring.tokens, ring.since), stop))
    yield
    stop.set()
    await following


async def _letting_go(app: web.Application) -> AsyncIterator[None]:
    """Hold the recordings' keys, and what came with them, in memory only while they run."""

    async def again_and_again() -> None:
        while True:
            await asyncio.sleep(limits.KEYS_SECONDS)
            if await app[views.REGISTRY].let_go(views.now_ms()):
                app[views.TOKENS].forget()
                await app[views.LOG].let_go()
                await app[rights.LOG].let_go()
                overwriting.let_go()

    task = asyncio.create_task(again_and_again())
    yield
    task.cancel()
    await asyncio.wait([task])


@contextlib.asynccontextmanager
async def rights_log(settings: Settings, log: EventLog) -> AsyncIterator[EventLog]:
    """The event log by the user for the visitors' rights, if there is one."""
    if settings.redis_rights_url is None:
        yield log
        return
    redis = connect(settings.redis_rights_url.get_secret_value())
    try:
        found = EventLog(redis)
        with settings.blamed("redis_rights_url"):
            await check_kind(redis)
            await found.check_answers()
        yield found
    finally:
        await redis.aclose()


@contextlib.asynccontextmanager
async def stores(
    settings: Settings, *, makes_keys: bool = False
) -> AsyncIterator[tuple[Objects, Objects, EventLog]]:
    """The object store, the store of the recordings' keys, and the event log; closed in reverse.

    A store of keys alone is tried by who makes them; others need no right to write there.
    """
    if settings.redis_url is None:
        raise Unusable(
            "YESMAP_REDIS_URL is not set: name an event store, or use `yesmap serve`, which brings one."
        )
    async with contextlib.AsyncExitStack() as stack:
        store = await stack.enter_async_context(open_store(settings.objects_url, settings))
        keys = store
        if settings.key_store_url:
            opening = open_store if makes_keys else opened
            keys = await stack.enter_async_context(opening(settings.key_store_url, settings, "key_store_url"))
        if keys.versioned:
            raise Unusable(
                "The store of the recordings' keys keeps old versions, so that a key cannot be destroyed: "
                "turn versioning off, or set YESMAP_KEY_STORE_URL to a bucket without it."
            )
        redis = connect(settings.redis_url.get_secret_value())
        stack.push_async_callback(redis.aclose)
        with settings.blamed("redis_url"):
            await check_kind(redis)
        yield store, keys, EventLog(redis)
