"""What is written down while we run: a line for each event, JSON where no terminal reads it; nothing of a visitor."""

import logging
import secrets
import sys
from contextvars import ContextVar

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: The id of the request that is being answered; empty until there is something to write about it.
_request: ContextVar[list[str] | None] = ContextVar("request", default=None)


def begin_request() -> None:
    """From here on lines belong to another request. Its id is made when it is needed: hardly any request is."""
    _request.set([])


def request_id() -> str | None:
    """A random name for the request, by which its lines are found; None outside of requests."""
    found = _request.get()
    if found is not None and not found:
        found.append(secrets.token_hex(6))
    return found[0] if found else None


def quiet_logs() -> None:
    """Our own lines on stderr; the libraries' only when something is wrong."""
    readable = sys.stderr.isatty()
    shown: Processor = structlog.dev.ConsoleRenderer() if readable else structlog.processors.JSONRenderer()
    chain: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_request,
    ]
    if not readable:
        chain.append(structlog.processors.format_exc_info)
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=chain,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, shown],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("yesmap").setLevel(logging.INFO)
    # aiohttp logs requests that it cannot parse, with their bytes.
    logging.getLogger("aiohttp.server").setLevel(logging.CRITICAL)


def _with_request(_: WrappedLogger, __: str, line: EventDict) -> EventDict:
    if name := request_id():
        line["request"] = name
    return line
