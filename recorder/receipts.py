"""What became of a consent: anybody who has its audit id can read it, in words or as JSON.

The page says nothing about the visitor; it is found by an id of 130 random bits that only the visitor was given.
"""

from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web
from babel import negotiate_locale

from recorder import accept, answers, consent, notice, pages, texts, times
from recorder.errors import NotFound
from recorder.objects import Objects
from recorder.recording import Recording, State
from recorder.registry import Registry, certificate_path
from recorder.views import REGISTRY, STORE, now_ms

#: A receipt changes with what happens, and is nobody else's to keep. It looks different to different askers.
_HEADERS = {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language"}


@dataclass(frozen=True)
class Receipt:
    """One consent and its state: times in ms; `at` says when it came to be withdrawn or destroyed."""

    recording: Recording
    audit: str
    given: int
    language: str
    state: Literal["recording", "withdrawn", "ended", "destroyed"]
    at: int | None = None

    @property
    def certificate(self) -> str | None:
        """Where the certificate of the purge is, once there is one."""
        certified = self.recording.state == State.CERTIFIED
        return certificate_path(self.recording.id) if certified else None

    def as_json(self) -> answers.Became:
        return {
            "recording": self.recording.id,
            "site": self.recording.site,
            "audit": self.audit,
            "state": self.state,
            "at": self.at,
            "given": self.given,
            "until": self.recording.end,
            "deadline": self.recording.deadline,
            "certificate": self.certificate,
        }


async def receipt(request: web.Request) -> web.Response:
    """The receipt of an audit id; 404 in the same form when no consent is known under it."""
    taken = accept.weights(request.headers.get("Accept", ""))
    in_words = taken.get("application/json", 0.0) <= taken.get("text/html", 0.0)
    try:
        names = request.match_info["recording"], request.match_info["audit"]
        found = await find(request.app[REGISTRY], request.app[STORE], *names, now_ms())
    except NotFound:
        if not in_words:
            raise NotFound("No consent is known under this id.") from None
        return _page(_unknown(request), 404)
    if not in_words:
        return web.json_response(found.as_json(), headers=_HEADERS)
    return _page(await _words(request, found), 200)


async def find(registry: Registry, store: Objects, name: str, audit: str, now: int) -> Receipt:
    """The receipt of an audit id, or `NotFound`."""
    recording = await registry.read(name)
    given = await _record(store, name, audit, "given")
    about = recording, audit, int(given["time"]), str(given["notice"]["language"])
    try:
        withdrawn = await _record(store, name, audit, "withdrawn")
    except NotFound:
        return Receipt(*about, *_state(recording, now))
    return Receipt(*about, "withdrawn", int(withdrawn["time"]))


def _state(recording: Recording, now: int) -> tuple[Literal["recording", "ended", "destroyed"], int | None]:
    """What became of a consent that stands."""
    if State.SHREDDED in recording.reached:
        return "destroyed", recording.reached[State.SHREDDED]
    return ("recording", None) if recording.takes(now) else ("ended", None)


async def _record(
    store: Objects, name: str, audit: str, state: Literal["given", "withdrawn"]
) -> dict[str, Any]:
    stored = await store.get(consent.record_key(name, audit, state))
    return consent.read(stored.data)


# --- in words ----------------------------------------------------------------------------------


async def _words(request: web.Request, found: Receipt) -> dict[str, Any]:
    """What the page says, in the reader's language, else in the one that the yes was given in."""
    recording = found.recording
    told = (await request.app[REGISTRY].told(recording.nv)).languages
    language = _chosen(request, list(told), found.language)
    where = language, recording.timezone
    said = notice.fill(told[language].receipt, when=times.moment(found.at, *where) if found.at else "")
    return {
        "lang": language,
        "dir": told[language].first.dir,
        "site": recording.site,
        "texts": said,
        "state": found.state,
        "said": said[f"{found.state}Text"],
        "rows": [(said["given"], times.moment(found.given, *where))],
        "audit": found.audit,
        "certificate": found.certificate,
        "notice": f"/notices/{recording.nv}/{language}",
    }


def _unknown(request: web.Request) -> dict[str, Any]:
    """The same page for an id that nothing is known of."""
    language = _chosen(request, list(texts.defaults()), notice.REFERENCE)
    said = notice.section(texts.defaults()[language], "receipt")
    return {
        "lang": language,
        "dir": notice.direction(language),
        "site": "",
        "texts": said,
        "state": "unknown",
        "said": said["unknownText"],
        "rows": [],
        "audit": request.match_info["audit"],
        "certificate": None,
        "notice": None,
    }


def _page(words: dict[str, Any], status: int) -> web.Response:
    text = pages.render("receipt.html", **words)
    return web.Response(
        text=text, status=status, content_type="text/html", headers=_HEADERS | pages.headers()
    )


def _chosen(request: web.Request, offered: list[str], otherwise: str) -> str:
    """The offered language that the reader's browser likes best (RFC 9110, 12.5.4)."""
    liked = accept.weights(request.headers.get("Accept-Language", ""))
    return negotiate_locale([tag for tag, weight in liked.items() if weight], offered, sep="-") or otherwise
