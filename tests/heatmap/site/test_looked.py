"""The access log in sentences: for everything that is taken down there is one."""

import re
from pathlib import Path

import pytest

from heatmap.site import looked
from heatmap.site.access import LOOKS, access_of
from heatmap.site.looks import Look
from heatmap.site.roles import EVERYWHERE
from recorder.recording import Recording
from tests.conftest import a_recording
from tests.heatmap.site.conftest import HTML, Client

RECORDING = a_recording(marks=["added"]).model_copy(
    update={"seen_releases": ["1.4.0", "1.5.0"], "variants": ["blue"]}
)

MOVES, SCROLL = "Saw the move heatmap of Home", "Saw the scroll heatmap of Home on desktop"
TABLE = "Saw the table of changes of Home on desktop"


def said(what: str, of: str = "", recording: Recording | None = RECORDING) -> str:
    return looked.said(Look(0, "ada", what, recording.id if recording else "", "Shop", of), recording)


@pytest.mark.parametrize(
    ("what", "of", "sentence"),
    [
        ("page", "", "Looked at the heatmaps"),
        ("page", "consents", "Looked at how visitors answered"),
        ("picture", "0/desktop/click.png", "Saw the click heatmap of Home on desktop"),
        ("picture", "pages/1/mobile", "Saw the numbers of elements of Basket on mobile"),
        ("picture", "0/mobile/r2v1/move-composed.png", f"{MOVES} on mobile, release 1.5.0, variant blue"),
        ("picture", "0/desktop/m1nd2to3/scroll.png", f"{SCROLL}, those who did not reach added, days 2 to 3"),
        ("picture", "0/desktop/state-menu/click.png", "Saw the click heatmap of Home on desktop, with menu open"),
        ("picture", "0/desktop/r1-r2/changes.json", f"{TABLE}: what changed from release 1.4.0 to release 1.5.0"),
        ("export", "0/all/elements.csv", "Downloaded the table of elements of Home over all devices"),
        ("picture", "0/desktop/r9/click.png", "Saw the click heatmap of Home on desktop, r9"),
        ("picture", "7/desktop/click.png", "Saw the click heatmap of page 8 on desktop"),
        ("picture", "x/<b>", "Picture: x/<b>"),
        ("findings", "findings.json", "Downloaded the findings"),
        ("flow", "flow", "Looked at the flow from page to page"),
        ("replay", "replays/abc/data", "Watched the replay of a visit"),
        ("document", "documents/record.md", "Downloaded a document: Entry for your records of processing"),
        ("visit erased", "0123, parent", "Erased everything raw of a visit, as a parent asked"),
        ("role changed", "eve: viewer of Shop: north", "Made eve viewer of Shop: north"),
        ("role changed", f"eve: none of {EVERYWHERE}", "Took the role on all sites from eve"),
        ("user added", "{0.user}", "Added the user {0.user}"),
        ("something new", "here", "Something new: here"),
    ],
)  # fmt: skip
def test_a_line_is_a_sentence(what: str, of: str, sentence: str) -> None:
    """With the names of pages, releases and marks; what cannot be told in words stands as it is."""
    assert sentence == said(what, of)


def test_a_recording_that_is_gone_is_told_of_too() -> None:
    """Without its names."""
    line = Look(0, "ada", "picture", "0123456789ab", "Shop", "0/desktop/r1/click.png")

    assert "Saw the click heatmap of page 1 on desktop, r1" == looked.said(line, None)
    assert "Looked at the list of recordings" == said("page", "/", None)


def test_there_is_a_sentence_for_everything(face: Client) -> None:
    """Each look that a view takes down, and each deed; none is told as it stands."""
    handlers = [route.handler for route in face.app.router.routes()]
    looks = {access.look for handler in handlers if (access := access_of(handler)) and access.look}
    site = Path(looked.__file__).parent
    texts = [path.read_text() for path in site.rglob("*.py")]
    deeds = {deed for text in texts for deed in re.findall(r"note\(\s*request,\s*\"([^\"]+)\"", text)}

    assert len(deeds) > 15
    assert set() == {
        what for what in looks | deeds if what not in {*looked._PLAIN, *looked._NAMED, *looked._MADE}
    }


def test_pages_of_the_house_have_sentences(face: Client) -> None:
    """Those that anybody reads, whether a recording is named in their address or not."""
    paths = [
        route.resource.canonical
        for route in face.app.router.routes()
        if route.method == "GET"
        and route.resource is not None
        and (access := access_of(route.handler))
        and access.look == "page"
    ]

    assert len(paths) > 3
    for path in paths:
        inside = path.startswith("/recordings/{recording}")
        of = path.removeprefix("/recordings/{recording}").strip("/") if inside else path
        line = Look(0, "ada", "page", "0123456789ab" if inside else "", "", of)
        assert not looked.said(line, None).startswith("Page"), path


async def test_the_page_tells_who_did_what(member: Client, recording: Recording) -> None:
    """Line by line, and of one recording if that is chosen."""
    await member.get(f"/recordings/{recording.id}/setup", headers=HTML)
    await member.get("/", headers=HTML)
    await member.app[LOOKS].write()

    texts = [
        await (await member.get(f"/access{query}", headers=HTML)).text()
        for query in ("", f"?recording={recording.id}")
    ]

    assert [True, True] == ["<td>Looked at the setup</td>" in text for text in texts]
    assert [True, False] == ["<td>Looked at the list of recordings</td>" in text for text in texts]
    assert f'<option value="{recording.id}" selected>Example shop ({recording.id})</option>' in texts[1]
