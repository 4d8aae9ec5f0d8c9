"""What a line of the access log says, as a sentence: who did it stands before it. Pure.

The line itself is kept as it is; what no sentence is known for is told as it stands there.
"""

import re
from collections.abc import Callable, Mapping

from heatmap.drawing import LAYERS
from heatmap.pictures import ALL, STATE
from heatmap.selection import Selection
from heatmap.site.documents import titles
from heatmap.site.looks import Look
from heatmap.site.roles import EVERYWHERE
from recorder.recording import Recording

_FILE = re.compile(r"(?:pages/)?(\d+)/([a-z]+)(?:/(.+))?")
_PAIR = re.compile(r"(\w+)-(\w+)")
_ROLE = re.compile(r"(.+): (\w+) of (.+)")

#: Pages of a recording, and those of none, by what follows in the address; older lines do not say which of these.
_PAGES: Mapping[str, str] = {
    "": "Looked at the heatmaps",
    "setup": "Looked at the setup",
    "consents": "Looked at how visitors answered",
}
_HOUSE: Mapping[str, str] = {
    "": "Looked at a page of the team's",
    "/": "Looked at the list of recordings",
}
#: What is always the same.
_PLAIN: Mapping[str, str] = {
    "access log": "Looked at the access log",
    "audit id looked up": "Looked up where a visitor's consent stands, by its audit id",
    "certificate": "Downloaded the certificate",
    "check": "Checked a release against another",
    "consents": "Looked at the ends and certificates of recordings",
    "findings": "Looked at the findings",
    "flow": "Looked at the flow from page to page",
    "tables": "Looked at the flow from page to page",
    "password changed": "Changed their own password",
    "recording closed": "Ended the recording",
    "recording opened": "Opened a recording",
    "replay": "Watched the replay of a visit",
    "replays": "Looked at the list of replays",
    "report": "Downloaded the whole report",
    "second factor renewed": "Set up their own second factor anew",
    "session ended": "Signed themselves out elsewhere",
    "snapshot removed": "Removed a background",
    "users": "Looked at the list of users",
}
#: What names a thing; it stands for `{}`.
_NAMED: Mapping[str, str] = {
    "API key ended": "Ended the API key {}",
    "API key made": "Made the API key {}",
    "background taken from the page": "Took a background from the page: {}",
    "code for a background": "Asked for a code to take a background of {}",
    "page added": "Added the page {}",
    "page changed": "Changed the rule of the page {}",
    "snapshot kept": "Put in a background: {}",
    "user added": "Added the user {}",
    "user removed": "Removed the user {}",
    "user reset": "Had {} set up password and second factor anew",
}
#: Files that are no layers.
_FILES: Mapping[str, str] = {
    "background": "background",
    "boxes": "places of elements",
    "changes": "table of changes",
    "clicked": "picture of clicked elements",
    "elements": "table of elements",
    "facts": "numbers",
    "view": "numbers of elements",
}


def said(look: Look, recording: Recording | None) -> str:
    """The sentence of a line; `recording` is that of the line, None where it is of none or not there any more."""
    if look.what in _PLAIN:
        download = look.of.endswith(".json") and look.what in ("findings", "flow")
        return _PLAIN[look.what].replace("Looked at", "Downloaded") if download else _PLAIN[look.what]
    if look.what in _NAMED:
        return _NAMED[look.what].format(look.of)
    made = _MADE.get(look.what, _unknown)(look, recording)
    return made or _unknown(look, recording)


def _unknown(look: Look, _: Recording | None) -> str:
    return f"{look.what[:1].upper()}{look.what[1:]}{f': {look.of}' if look.of else ''}"


def _page(look: Look, recording: Recording | None) -> str | None:
    return (_PAGES if look.recording else _HOUSE).get(look.of)


def _document(look: Look, recording: Recording | None) -> str:
    name = look.of.rpartition("/")[2]
    for each in titles(recording) if recording else ():
        if each.name == name:
            return f"Downloaded a document: {each.title}"
    return "Downloaded a document"


def _erased(look: Look, _: Recording | None) -> str:
    who = "a parent" if look.of.endswith("parent") else "its visitor"
    return f"Erased everything raw of a visit, as {who} asked"


def _role(look: Look, _: Recording | None) -> str | None:
    found = _ROLE.fullmatch(look.of)
    if not found:
        return None
    name, role, site = found.groups()
    where = "all sites" if site == EVERYWHERE else site
    return f"Took the role on {where} from {name}" if role == "none" else f"Made {name} {role} of {where}"


def _picture(look: Look, recording: Recording | None) -> str | None:
    """Which file of which page, of whom: `0/desktop/r1/click.png`."""
    found = _FILE.fullmatch(look.of)
    if not found:
        return None
    number, device, rest = found.groups()
    folder, _, name = (rest or "view.json").rpartition("/")
    stem = name.partition(".")[0].removesuffix("-composed").removesuffix("-small")
    what = f"{stem} heatmap" if stem in LAYERS else _FILES.get(stem)
    if what is None:
        return None
    names = [each.name for each in recording.pages] if recording else []
    page = names[int(number)] if int(number) < len(names) else f"page {int(number) + 1}"
    how = "Downloaded" if look.what == "export" else "Saw"
    where = "over all devices" if device == ALL else f"on {device}"
    return f"{how} the {what} of {page} {where}{_whose(folder, recording)}"


def _whose(folder: str, recording: Recording | None) -> str:
    """Of which visitors, or what is compared; nothing for everybody."""
    if folder.startswith(STATE):
        return f", with {folder.removeprefix(STATE)} open"
    if pair := _PAIR.fullmatch(folder):
        return f": what changed from {_called(pair[1], recording)} to {_called(pair[2], recording)}"
    return f", {_called(folder, recording)}" if folder else ""


def _called(name: str, recording: Recording | None) -> str:
    """What a segment is called in words; as it stands where the recording is not there."""
    wanted = Selection.read(name)
    if wanted is None or recording is None:
        return name
    try:
        words = [f"release {recording.seen_releases[wanted.release - 1]}"] if wanted.release else []
        words += [f"variant {recording.variants[wanted.variant - 1]}"] if wanted.variant else []
        if wanted.mark:
            side = "those who reached" if wanted.reached else "those who did not reach"
            words.append(f"{side} {recording.marks[wanted.mark - 1]}")
    except IndexError:
        return name
    return ", ".join([*words, *([f"days {wanted.first} to {wanted.last}"] if wanted.first else [])])


_MADE: Mapping[str, Callable[[Look, Recording | None], str | None]] = {
    "page": _page,
    "document": _document,
    "picture": _picture,
    "export": _picture,
    "role changed": _role,
    "visit erased": _erased,
}
