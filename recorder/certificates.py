"""The certificate of a purge, for everybody: as a page that can be read and checked in the browser, and as JSON.

Whose key has signed it, a reader finds in two places besides the certificate: at `/keys/certificate.json`, and in the
notice that visitors were shown before their yes, whose name comes from its content. The first is what this site says
now; the second was fixed before anything was recorded.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from babel import negotiate_locale

from recorder import accept, files, nodes, notice, pages, times
from recorder.errors import Malformed, NotFound
from recorder.views import REGISTRY, STORE

#: Of the content of certificates: what this release signs and reads.
VERSION = 1

#: The public key that certificates are signed with, in base 64.
SIGNER = web.AppKey("signer", str)
JSON = "application/json"

Words = dict[str, Any]
#: Of the states, as they may follow each other.
_ORDER = ["closing", "drawn", "keys lost", "shredded", "removed", "checked", "certified"]


@cache
def texts() -> dict[str, Words]:
    """What the page says, by language."""
    found: dict[str, Words] = json.loads((Path(__file__).parent / "certificate.json").read_bytes())
    return found


async def document(request: web.Request) -> web.Response:
    """The certificate as it was signed."""
    return web.Response(body=await _signed(request), content_type=JSON)


async def certificate(request: web.Request) -> web.Response:
    """A page for a browser, the document for everybody else."""
    taken = accept.weights(request.headers.get("Accept", ""))
    if taken.get("text/html", 0.0) <= taken.get(JSON, 0.0):
        return web.Response(body=await _signed(request), content_type=JSON, headers={"Vary": "Accept"})
    signed = json.loads(await _signed(request))
    if why := unreadable(signed["content"]):
        raise Malformed(f"{why} As it was signed it is at {request.path}.json.")
    text = pages.render("certificate.html", **await _words(request, signed))
    headers = {"Vary": "Accept, Accept-Language", **pages.headers(scripts=True)}
    return web.Response(text=text, content_type="text/html", headers=headers)


def unreadable(content: dict[str, Any]) -> str | None:
    """Why this release does not read it: a newer one has signed it."""
    version = content.get("version")
    if version == VERSION:
        return None
    return f"This certificate has version {version}; this release reads version {VERSION}: use a newer one."


async def keys(request: web.Request) -> web.Response:
    """The public key that this site signs certificates with."""
    return web.json_response({"keys": [{"kind": "Ed25519", "public_key": request.app[SIGNER]}]})


async def script(request: web.Request) -> web.Response:
    """The page's scripts."""
    return files.serve(request, f"certificate/{request.match_info['name']}")


async def _signed(request: web.Request) -> bytes:
    try:
        return (await request.app[STORE].get(f"certificates/{request.match_info['recording']}.json")).data
    except NotFound:
        raise NotFound("There is no certificate of that name, or not yet.") from None


async def _words(request: web.Request, signed: dict[str, Any]) -> Words:
    """All that the page says."""
    content = signed["content"]
    liked = accept.weights(request.headers.get("Accept-Language", ""))
    language = negotiate_locale([tag for tag, weight in liked.items() if weight], list(texts()), sep="-")
    language = language or notice.REFERENCE
    said, found = texts()[language], await request.app[REGISTRY].read(content["recording"])
    where = language, found.timezone
    in_order = sorted(content["reached"].items(), key=lambda reached: _ORDER.index(reached[0]))
    reached = {state: times.moment(at, *where) for state, at in in_order}
    moments = {"start": times.moment(content["told"]["start"], *where), **reached}
    return {
        "lang": language,
        "dir": notice.direction(language),
        "site": content["site"],
        "texts": said,
        "intro": notice.fill({"intro": said["intro"]}, site=content["site"], **moments)["intro"],
        "content": content,
        "moments": [(said[name], at) for name, at in moments.items()]
        + [(said["deadline"], times.moment(content["told"]["deadline"], *where))],
        "counted": [(said[what], content["counts"][what]) for what in _COUNTED if what in content["counts"]],
        "servers": [_server(said, each) for each in content["checks"]["event_store"]],
        "stores": sorted({_kept(said, content["checks"][store]) for store in ("object_store", "key_store")}),
        "unseen": _unseen(said, content["checks"]["not_checked"]),
        "key": signed["public_key"],
        "told": f"/notices/{found.nv}/{language if language in found.languages else found.languages[0]}",
    }


def _server(said: Words, server: dict[str, str]) -> str:
    """What was done on one server: "replica: append-only file rewritten, …"."""
    done = [
        f"{said[what]}: {said.get(how, said['refused'])}" for what, how in server.items() if what in _FILES
    ]
    unreached = said["unreached" if server.get("unreached") == nodes.SILENT else "refused"]
    return f"{said[server['role']]} – {', '.join(done) or unreached}"


#: Of the counts.
_COUNTED = ("sessions", "without_batches", "missing", "withdrawn")
_FILES = ("append_only_file", "snapshot_file", "slow_log")


def _kept(said: Words, store: dict[str, str]) -> str:
    """Whether an object store keeps versions, and whether it has a lock: "no / no"."""
    return " / ".join(
        said["no"] if store[what] == "none" else store[what] for what in ("versions", "object_lock")
    )


def _unseen(said: Words, sentences: list[str]) -> list[str]:
    """In the reader's language, where they are those that this release knows."""
    known = dict(zip(texts()[notice.REFERENCE]["unseen"], said["unseen"], strict=True))
    return [known.get(sentence, sentence) for sentence in sentences]
