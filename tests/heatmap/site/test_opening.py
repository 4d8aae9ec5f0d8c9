"""From an empty form to an open recording, and what may not be opened."""

import re
from typing import Any

import pytest
from aiohttp import ClientResponse
from playwright.async_api import Browser, expect

from heatmap.end import end
from heatmap.parts import Parts
from heatmap.site import draftform
from heatmap.site.access import FORM_FIELD, PARTS
from heatmap.site.roles import Role
from heatmap.site.sessions import form_token
from recorder.recording import DAY_MS, Recording, State
from recorder.views import now_ms
from tests.conftest import a_recording
from tests.heatmap.site.conftest import HTML, Client, become, held, send, signed_in

FORM: dict[str, Any] = {
    "site": "Example shop",
    "origins": "https://www.shop.example",
    "languages": ["en", "nl"],
    "purpose_en": "To see whether the basket works.",
    "purpose_nl": "Om te zien of de winkelmand werkt.",
    "devices": ["desktop", "mobile"],
    "page_name": ["Home", "Product", ""],
    "page_kind": ["path", "wildcard", "path"],
    "page_pattern": ["/", "/product/*", ""],
    "page_query": ["", "tab", ""],
    "share": "50",
    "controller": "Example Ltd",
    "recipients": "Nobody",
    "region": "European Union",
    "authority": "The authority",
    "contact": "privacy@shop.example",
}


async def describe(member: Client, path: str = "/recordings/new", **changes: Any) -> ClientResponse:
    fields = FORM | changes
    data = [
        (name, each)
        for name, value in fields.items()
        for each in (value if isinstance(value, list) else [value])
    ]
    data.append((FORM_FIELD, form_token(held(member))))
    return await member.post(path, data=data, headers=HTML, allow_redirects=False)


async def drafted(member: Client, **changes: Any) -> str:
    """Where a draft is read once more."""
    response = await describe(member, **changes)
    assert 303 == response.status, await response.text()
    return response.headers["Location"]


async def test_a_recording_is_described_read_once_more_and_opened(
    member: Client, opened_parts: Parts
) -> None:
    """What is opened is what the form said; before that nobody is asked."""
    before = now_ms()
    where = await drafted(member)
    text = await (await member.get(where, headers=HTML)).text()
    assert "Toestaan" in text
    assert "To see whether the basket works." in text
    assert "<code>/product/*</code>" in text
    assert [] == await opened_parts.registry.all()
    refused = await send(member, f"{where}/open")
    assert 400 == refused.status

    done = await send(member, f"{where}/open", confirmed="1")

    [made] = await opened_parts.registry.all()
    assert f"/recordings/{made.id}/setup?opened=1" == done.headers["Location"]
    assert (State.OPEN, 0.5, ["heatmap"]) == (made.state, made.share, made.purposes)
    assert ["desktop", "mobile"] == made.devices
    assert [("Home", []), ("Product", ["tab"])] == [(page.name, page.query) for page in made.pages]
    assert before <= made.start <= now_ms()
    assert 13 * DAY_MS < made.end - made.start <= 14 * DAY_MS
    assert 404 == (await member.get(where, headers=HTML)).status


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"site": ""}, "Site</a>: must not be empty"),
        ({"region": ""}, "Where it is kept</a>: must not be empty"),
        ({"origins": "shop.example"}, "Where it is</a>: 'shop.example' is not an origin"),
        ({"languages": []}, "Languages</a>"),
        ({"devices": []}, '#devices">Devices</a>: choose one at least'),
        ({"languages": ["xx"]}, "no language that dates can be written in"),
        ({"languages": ["../x"]}, "is not written as it is asked for"),
        ({"purpose_nl": ""}, "Purpose (Nederlands)</a>: must not be empty"),
        (
            {"page_pattern": ["product", "/", ""]},
            "Page 1</a>: the pattern 'product' fits no path: paths begin with /",
        ),
        (
            {"page_kind": ["path", "path", "path"]},
            "Page 2</a>: a star stands for nothing where the address is exactly this: choose 'fits' (a wildcard)",
        ),
        ({"page_name": [""], "page_pattern": [""]}, "On which pages</a>: must have 1 or more entries"),
        ({"end": "2031-01-01T00:00"}, "within 30 days"),
        ({"end": "tomorrow"}, "must be a day and a time"),
        ({"min_sessions": "3"}, "Sessions that a final picture needs</a>: must be 10 or more"),
        (
            {"page_sessions": "many"},
            '#page_sessions">As soon as every page has so many sessions</a>: must be a number',
        ),
        ({"share": "0"}, "must be more than 0"),
        ({"releases": "("}, "no regular expression"),
    ],
)
async def test_what_is_wrong_is_told_beside_its_field(
    member: Client, changes: dict[str, Any], said: str
) -> None:
    """All at once, with what was typed still there."""
    response = await describe(member, **changes)

    text = await response.text()
    assert 400 == response.status
    assert said in text.replace("&#39;", "'")
    assert "Example Ltd" in text


async def test_every_device_class_is_ticked_until_somebody_unticks_it(member: Client) -> None:
    """An empty form has all of them; one that was sent has those that were ticked, also next to an error."""
    empty = await (await member.get("/recordings/new", headers=HTML)).text()
    sent = await (await describe(member, devices=["tablet"], site="")).text()

    ticked = re.compile(r'name="devices" value="(\w+)" checked')
    assert ["desktop", "tablet", "mobile"] == ticked.findall(empty)
    assert ["tablet"] == ticked.findall(sent)


async def test_nothing_is_set_that_the_form_does_not_have(member: Client, opened_parts: Parts) -> None:
    """Mass assignment: state, id, results and the name of the notice are ours."""
    where = await drafted(
        member,
        id="000000000000",
        state="certified",
        results='{"x": 1}',
        nv="000000000000",
        seen_releases="9.9.9",
    )
    await send(member, f"{where}/open", confirmed="1", state="certified", end="9999999999999")

    [made] = await opened_parts.registry.all()
    assert (State.OPEN, {}, []) == (made.state, made.results, made.seen_releases)
    assert "000000000000" not in (made.id, made.nv)
    assert made.end < now_ms() + 15 * DAY_MS


async def test_it_may_end_once_there_are_enough(member: Client, opened_parts: Parts) -> None:
    """At so many sessions on every page, or in all, at the latest on its day; and what stays has an end of its own."""
    where = await drafted(member, page_sessions="50", max_sessions="", record_days="90", picture_days="200")
    text = await (await member.get(where, headers=HTML)).text()
    await send(member, f"{where}/open", confirmed="1")

    [made] = await opened_parts.registry.all()
    assert (50, None, 90, 200) == (made.page_sessions, made.max_sessions, made.record_days, made.picture_days)
    assert 1 == text.count("every page has 50 sessions")
    assert "consent records for 90 days" in text


async def test_one_opens_for_sites_that_one_manages(face: Client, opened_parts: Parts) -> None:
    """Neither for another site, nor for the addresses of one under another name."""
    await opened_parts.registry.open(a_recording(site="Theirs", origins=["https://theirs.example"]))
    await become(face, "user", {"Mine": Role.MANAGER, "Theirs": Role.ANALYST})

    other_site = await describe(face, site="Theirs")
    their_address = await describe(face, site="Mine", origins="https://theirs.example")

    assert [403, 403] == [other_site.status, their_address.status]
    assert 303 == (await describe(face, site="Mine")).status


async def test_an_address_that_is_taken_is_told_at_once(member: Client, opened_parts: Parts) -> None:
    """Not at the very end: one recording is open for an address, and it is ended before the next."""
    await opened_parts.registry.open(a_recording(origins=["https://www.shop.example"]))

    response = await describe(member)

    assert 400 == response.status
    assert "An open recording has https://www.shop.example until" in await response.text()


async def test_a_recording_in_the_way_is_named_with_the_page_where_it_is_ended(
    member: Client, opened_parts: Parts
) -> None:
    """Beside the old one's button, in the form, at the last look, and where another was quicker."""
    where = await drafted(member)
    assert "Open the recording" in await (await member.get(where, headers=HTML)).text()
    before = await opened_parts.registry.open(a_recording(origins=["https://www.shop.example"]))
    setup = f"/recordings/{before.id}/setup"

    form = await describe(member)
    like = await member.get(f"/recordings/new?like={before.id}", headers=HTML)
    look = await member.get(where, headers=HTML)
    opened = await send(member, f"{where}/open", confirmed="1")

    assert [400, 200, 200, 409] == [each.status for each in (form, like, look, opened)]
    for each in (form, like, look, opened):
        assert f'<a href="{setup}">end it on its setup page</a>' in await each.text()
    assert "Open the recording" not in await look.text()
    assert "opens once this one has ended" in await (await member.get(setup, headers=HTML)).text()
    await send(member, f"/recordings/{before.id}/close")
    assert "opens once this one has ended" not in await (await member.get(setup, headers=HTML)).text()
    assert "Open the recording" in await (await member.get(where, headers=HTML)).text()


async def test_an_example_in_an_empty_field_says_that_it_is_one(member: Client) -> None:
    """Nobody takes it for what is filled in already."""
    text = await (await member.get("/recordings/new", headers=HTML)).text()

    shown = set(re.findall(r'placeholder="([^"]+)"', text)) - {"query keys"}
    assert "for example Example shop" in shown
    assert all(each.startswith("for example") for each in shown)


async def test_a_draft_is_its_makers_own(face: Client) -> None:
    """Somebody else does not find it, and does not see it among the recordings."""
    await become(face, "ada", {"*": Role.MANAGER})
    where = await drafted(face)
    await become(face, "bob", {"*": Role.MANAGER})

    assert where not in await (await face.get("/", headers=HTML)).text()
    assert 404 == (await face.get(where, headers=HTML)).status
    assert 404 == (await send(face, f"{where}/open", confirmed="1")).status


async def test_a_draft_is_found_again_among_the_recordings(member: Client) -> None:
    """Somebody else may have to read its documents first; it is not there any more once it is open."""
    where = await drafted(member)

    assert f'<a href="{where}">Example shop</a>' in await (await member.get("/", headers=HTML)).text()
    await send(member, f"{where}/open", confirmed="1")
    assert where not in await (await member.get("/", headers=HTML)).text()


async def test_the_documents_are_filled_with_the_settings(member: Client) -> None:
    """A notice paragraph in each language, the entry for the records, the assessment: as files."""
    where = await drafted(member, controller="Example | Ltd <b>")

    notice = await member.get(f"{where}/documents/notice-nl.md")
    record = await member.get(f"{where}/documents/record.md")
    assessment = await member.get(f"{where}/documents/assessment.md")

    assert "Om te zien of de winkelmand werkt" in await notice.text()
    assert "attachment" in record.headers["Content-Disposition"]
    text = await record.text()
    assert "Example \\| Ltd \\<b\\>" in text
    assert "`/product/*`" in text
    assert "| Devices covered | desktop, mobile, by the width of the window |" in text
    assert "50 %" in await assessment.text()
    assert "on 2 pages, on desktop, mobile, are recorded" in await assessment.text()
    for name in ("notice-fr.md", "secret.md", "..%2f..%2fapp.py"):
        assert 404 == (await member.get(f"{where}/documents/{name}")).status


async def test_the_prompt_is_shown_as_it_will_be(member: Client) -> None:
    """In each language, with the texts that visitors get; what is typed is text."""
    response = await describe(
        member, "/recordings/new/preview", purpose_en="<script>alert(1)</script>", replay="1"
    )

    text = await response.text()
    assert "May we record how you use this site?" in text
    assert 'lang="nl"' in text
    assert "The team may also replay my visit" in text
    assert "<script>alert" not in text


async def test_the_prompt_is_shown_as_soon_as_there_is_a_purpose(member: Client) -> None:
    """In one language; what is missing is marked, and named by the labels of the fields."""
    empty = dict.fromkeys(("site", "origins", "purpose_nl", *draftform.TOLD), "")
    rows = {"page_name": [""], "page_pattern": [""]}
    answer = await describe(member, "/recordings/new/preview", **empty, **rows, end="never", share="none")

    text = await answer.text()
    assert FORM["purpose_en"] in text
    marked = re.findall('<mark class="missing">(.*?)</mark>', text)
    english, dutch = ["(your name and address)", "(your site)"], ["(your purpose)", "(your name and address)"]
    assert [*english, *dutch, "(your site)"] == marked
    assert len(marked) == sum(text.count(each) for each in draftform.MISSING.values())
    [named] = re.findall("Not there yet, or not right: (.*?)</p>", text)
    assert {"Purpose (Nederlands)", "Contact", "Where it is", "End"} <= set(named.strip(".").split(", "))


async def test_the_prompt_is_shown_in_one_language_at_a_time(member: Client, browser: Browser) -> None:
    """In the one that is chosen, whatever is typed next; in that of a purpose that is being written."""
    page = await signed_in(browser, member)
    await page.goto(str(member.make_url("/recordings/new")))
    shown = page.locator("#prompts .prompt:visible")
    await page.get_by_label("Nederlands").first.check()
    await page.locator("#purpose_en").fill("To see whether the basket works.")
    await expect(shown).to_have_attribute("lang", "en")

    await page.locator("#prompts").get_by_role("button", name="Nederlands").click()
    await page.locator("#controller").fill("Example Ltd")
    await expect(shown.get_by_text("Example Ltd")).to_be_visible()
    await expect(shown).to_have_attribute("lang", "nl")

    await page.locator("#purpose_en").focus()
    await expect(shown).to_have_attribute("lang", "en")


async def test_without_a_purpose_it_is_told_what_is_missing(member: Client) -> None:
    """By the labels of the fields, and nothing that is there already."""
    answer = await describe(member, "/recordings/new/preview", purpose_en="", purpose_nl="", contact="")

    text = await answer.text()
    missing = ["Purpose (English)", "Purpose (Nederlands)", "Contact"]
    assert missing == re.findall("<li>(.*?)</li>", text)


@pytest.mark.parametrize("name", ["site", "purpose_nl", *draftform.TOLD])
async def test_nothing_is_opened_with_a_placeholder(member: Client, name: str) -> None:
    """Neither with nothing in a field, nor with what the preview has in its place."""
    for text in ("", draftform.MISSING[name.partition("_")[0]]):
        response = await describe(member, **{name: text})

        assert 400 == response.status
        assert f'id="wrong-{name}"' in await response.text()


async def test_the_tester_gets_the_rules_that_browsers_get(member: Client) -> None:
    """A rule that makes no sense fits nothing, and the others still work."""
    response = await describe(member, "/recordings/new/rules", page_pattern=["bad", "/product/*", ""])

    pages = (await response.json())["pages"]
    assert ["(?!)", "\\/product\\/[^/]*"] == [
        page["pattern"].replace("/product/", "\\/product\\/") for page in pages
    ]


async def test_a_new_one_like_an_old_one(member: Client, recording: Recording) -> None:
    """A longer look is a new recording: everything but its times is there already."""
    text = await (await member.get(f"/recordings/new?like={recording.id}", headers=HTML)).text()

    assert "Om te zien of de nieuwe winkelmand werkt." in text
    assert "/basket" in text


async def test_the_first_language_of_an_old_one_is_the_first_of_the_new_one(
    member: Client, opened_parts: Parts
) -> None:
    """It is the one that the team reads: the form shows the boxes, and so browsers send them, in that order."""
    before = await opened_parts.registry.open(a_recording(languages=["nl", "en"]))

    text = await (await member.get(f"/recordings/new?like={before.id}", headers=HTML)).text()

    boxes = re.findall(r'name="languages" value="(\w+)"( checked)?', text)
    assert ["nl", "en"] == [tag for tag, checked in boxes if checked]
    assert ["nl", "en"] == [tag for tag, _ in boxes][:2]


async def test_what_the_form_shows_in_one_language_stays_in_all(member: Client, opened_parts: Parts) -> None:
    """What was told in each language, and texts of the site's own, unless they are changed."""
    told = a_recording().notice.model_dump() | {
        "controller": {"en": "You", "nl": "U"},
        "region": {"en": "EU", "nl": "EU!"},
    }
    own = {"nl": {"title": "Mogen we meekijken?"}}
    before = await opened_parts.registry.open(
        a_recording(notice=told, texts=own, origins=["https://old.example"])
    )
    where = await drafted(member, like=before.id, controller="You", region="Elsewhere")

    text = await (await member.get(where, headers=HTML)).text()
    await send(member, f"{where}/open", confirmed="1")

    made = next(each for each in await opened_parts.registry.all() if each.id != before.id)
    assert {"en": "You", "nl": "U"} == made.notice.controller
    assert "Elsewhere" == made.notice.region
    assert own == made.texts
    assert "Mogen we meekijken?" in text


async def test_pages_are_added_for_what_comes_next(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """At the end of the list, and only there; wrong ones and those of an ended recording are refused."""
    path = f"/recordings/{recording.id}/pages"
    done = await send(member, path, name="Help", kind="wildcard", pattern="/help/**", query="")
    again = await send(member, path, name="Help", kind="path", pattern="/other")
    wrong = await send(member, path, name="Bad", kind="path", pattern="no path")
    star = await send(member, path, name="Star", kind="path", pattern="/help/*")

    assert [303, 409, 400, 400] == [done.status, again.status, wrong.status, star.status]
    assert "choose &#39;fits&#39;" in await star.text()
    now = await opened_parts.registry.read(recording.id)
    assert [*(page.name for page in recording.pages), "Help"] == [page.name for page in now.pages]


async def test_the_rule_of_a_page_is_changed_for_what_comes_next(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Its number and name stay, and so do the other pages; wrong ones, and pages that are not there, are refused."""
    path = f"/recordings/{recording.id}/pages"
    done = await send(
        member, f"{path}/1", name="Other", kind="wildcard", pattern="/cart/**", query="step, tab"
    )
    wrong = await send(member, f"{path}/1", kind="path", pattern="/cart/*")
    absent = await send(member, f"{path}/{len(recording.pages)}", kind="path", pattern="/cart")
    text = await (await member.get(f"/recordings/{recording.id}/setup", headers=HTML)).text()

    assert [303, 400, 404] == [done.status, wrong.status, absent.status]
    now = (await opened_parts.registry.read(recording.id)).pages
    assert (recording.pages[1].name, "wildcard", "/cart/**", ["step", "tab"]) == tuple(dict(now[1]).values())
    assert recording.pages[:1] + recording.pages[2:] == now[:1] + now[2:]
    assert 'value="/cart/**"' in text


async def test_no_page_of_an_ended_recording_changes(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    await end.close(opened_parts, recording.id)

    done = await send(member, f"/recordings/{recording.id}/pages/0", kind="path", pattern="/cart")

    assert 409 == done.status
    assert "its pages stay as they are" in await done.text()
    assert recording.pages == (await opened_parts.registry.read(recording.id)).pages


async def test_it_is_ended_early_by_its_managers_only(
    face: Client, opened_parts: Parts, recording: Recording
) -> None:
    """At once, and for good."""
    await become(face, "bob", {recording.site: Role.ANALYST})
    refused = await send(face, f"/recordings/{recording.id}/close")
    await become(face, "ada", {recording.site: Role.MANAGER})
    done = await send(face, f"/recordings/{recording.id}/close")

    assert [403, 303] == [refused.status, done.status]
    assert State.OPEN != (await opened_parts.registry.read(recording.id)).state


async def test_the_setup_page_knows_whether_the_tag_is_heard_of(
    member: Client, opened_parts: Parts, recording: Recording
) -> None:
    """Without asking the site: by the visitors that the collector counted."""
    path = f"/recordings/{recording.id}/setup"
    assert "Nothing heard yet" in await (await member.get(path, headers=HTML)).text()
    await opened_parts.log.count(recording, "asked:mobile")
    assert ">Installed<" in await (await member.get(path, headers=HTML)).text()
    for _ in range(5):
        await opened_parts.log.count(recording, "asked:mobile")
    await opened_parts.log.count(recording, "uncovered:mobile")
    await opened_parts.log.count(recording, "fault:mobile")

    text = await (await member.get(path, headers=HTML)).text()

    assert "Installed: 5 visitors and more came by" in text
    assert "1 page view fitted none of them" in text
    assert "on 1 page view our own script failed" in text
    assert "integrity=&#34;sha384-" in text
    assert opened_parts.registry is not member.app[PARTS].registry


async def test_a_release_pattern_that_may_take_too_long_is_refused(member: Client) -> None:
    """As it is by API: visitors send what is compared with it."""
    response = await describe(member, releases="(?=a)a")

    assert 400 == response.status
    assert "may take too long to compare with the release pattern" in await response.text()
