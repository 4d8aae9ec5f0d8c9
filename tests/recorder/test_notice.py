import gzip
import json

import pytest

from recorder import notice, texts
from recorder.errors import Malformed
from recorder.notice import Document, Told
from recorder.recording import DAY_MS, Recording
from tests.conftest import a_recording

#: 24 November 2026, 23:30 UTC.
START = 1_795_563_000_000
PURPOSE = {
    "en": "To see whether the new basket works.",
    "nl": "Om te zien of de nieuwe winkelmand werkt.",
    "de": "Um zu sehen, ob der neue Warenkorb funktioniert.",
    "fr": "Pour voir si le nouveau panier fonctionne.",
    "es": "Para ver si la nueva cesta funciona.",
}
#: What one language's first layer may weigh, bytes of gzip: everybody who is asked loads it.
FIRST_LAYER_BYTES = 610


def recording(**changes: object) -> Recording:
    about = a_recording().notice.model_dump() | {"purpose": PURPOSE}
    fields = {"notice": about, "start": START, "end": START + 14 * DAY_MS, "timezone": "Europe/Amsterdam"}
    return a_recording(**(fields | changes))


def composed(**changes: object) -> Document:
    return notice.compose(recording(**changes), texts.defaults())


def everything(told: Told) -> str:
    """All that stands in the notice of one language."""
    return told.model_dump_json()


@pytest.mark.parametrize("language", PURPOSE)
def test_the_first_layer_says_all_that_a_yes_rests_on(language: str) -> None:
    """Who, what, why, until when, how to withdraw, what never, from which age: dates and names are filled in."""
    first = composed().languages[language].first

    assert language == first.lang
    assert PURPOSE[language] == first.purpose
    assert ("Example Ltd, 1 High Street", 5) == (first.rows[0][1], len(first.rows))
    assert all(term and text for term, text in first.rows)
    assert "Example shop" in first.rows[1][1]
    assert "2026" in first.rows[3][1]
    assert composed().languages[language].sign.stop in first.rows[4][1]
    assert "16" in first.age
    assert "{" not in first.model_dump_json()[1:]


def test_days_are_told_in_the_recordings_time_zone() -> None:
    """Half past eleven at night in London is the next day in Amsterdam."""
    dutch, utc = (composed(timezone=zone).languages["nl"] for zone in ("Europe/Amsterdam", "UTC"))
    until = dutch.first.rows[3][1]

    assert "9 december 2026. Wat is vastgelegd, is uiterlijk 10 december 2026 vernietigd." == until
    assert "Opname tot 9 december" == dutch.sign.on
    assert "Opname tot 8 december" == utc.sign.on


def test_a_replay_is_offered_only_where_it_is_a_purpose() -> None:
    """What cannot be chosen is not mentioned, in either layer."""
    english = composed(purposes=["heatmap"]).languages["en"]

    assert english.first.replay is None
    assert "replay" not in english.first.model_dump(exclude_none=True)
    assert "Replay" not in english.full.model_dump_json()


@pytest.mark.parametrize("language", PURPOSE)
def test_the_full_notice_says_everything(language: str) -> None:
    """Who, why, what, never, whom, where, how long each thing, rights, authority, contact, age, what is final."""
    told = composed().languages[language]
    text = told.full.model_dump_json()

    assert 10 == len(told.full.sections)
    for said in (*recording().notice.said(language).values(), "16", "2027", "2028"):
        assert said in text


@pytest.mark.parametrize("language", PURPOSE)
def test_the_first_layer_is_light(language: str) -> None:
    """Everybody who is asked loads one language of it."""
    first = composed().languages[language].first.model_dump_json(exclude_none=True)

    assert FIRST_LAYER_BYTES > len(gzip.compress(first.encode(), 9))


def test_a_notice_is_named_by_its_words() -> None:
    """The same words have the same name; another date, word or language is another notice."""
    one = composed()

    assert one.nv == composed().nv
    assert one.nv == Document.model_validate_json(one.to_json()).nv
    others = [
        composed(end=START + 13 * DAY_MS),
        composed(texts={"en": {"title": "May we?"}}),
        composed(languages=["en"]),
        composed(site="Another shop"),
    ]
    assert 5 == len({one.nv, *(other.nv for other in others)})


def test_the_hash_is_that_of_what_was_on_the_screen() -> None:
    """Another word in the first layer or in the full notice changes it, in that language only."""
    one, other = composed().languages, composed(texts={"nl": {"notice": {"age": "Uw leeftijd"}}}).languages

    assert one["en"].sha256 == other["en"].sha256 == notice.text_hash(one["en"].first, one["en"].full)
    assert one["nl"].sha256 != other["nl"].sha256


def test_a_site_gives_its_own_words() -> None:
    """Any text, also in a section, with the same placeholders as ours."""
    own = {"title": "Mogen wij op {site} meekijken?", "panel": {"close": "Weg ermee"}}

    dutch = composed(texts={"nl": own}).languages["nl"]

    assert ("Mogen wij op Example shop meekijken?", "Weg ermee") == (dutch.first.title, dutch.panel["close"])


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"titel": "Hé"}, "there is no text called titel, which texts.nl gives"),
        ({"panel": {"shut": "Dicht"}}, "there is no text called panel.shut"),
        ({"title": {"en": "Hey"}}, "there is no text called title.en"),
        ({"panel": "Paneel"}, "there is no text called panel,"),
        ({"title": "Tot {when}?"}, "texts.nl.title has {when}, but there are only {site}"),
    ],
)
def test_words_that_would_never_be_shown_are_refused_by_name(own: dict[str, object], said: str) -> None:
    """A slip of the pen is found before visitors are asked."""
    with pytest.raises(Malformed) as caught:
        composed(texts={"nl": own})
    assert said in caught.value.message


def test_a_language_that_we_do_not_speak_needs_all_its_texts() -> None:
    """It cannot open half in another language; with all of them it is as good as ours, right to left where it is."""
    about = recording().notice.model_dump() | {"purpose": {"ar": "لمعرفة ما إذا كانت السلة تعمل."}}

    with pytest.raises(Malformed, match=r"we have no texts in ar, so texts.ar must give all of them"):
        composed(notice=about)
    arabic = composed(notice=about, texts={"ar": texts.defaults()["en"]}).languages["ar"]

    assert ("ar", "rtl") == (arabic.first.lang, arabic.first.dir)


def test_a_regional_language_speaks_with_our_words_for_the_language() -> None:
    """Dutch of Belgium is Dutch."""
    about = recording().notice.model_dump() | {"purpose": {"nl-BE": "Om te zien."}}

    first = composed(notice=about).languages["nl-BE"].first

    assert ("nl-BE", "Toestaan") == (first.lang, first.yes)


@pytest.mark.parametrize("language", PURPOSE)
def test_nothing_is_left_unfilled(language: str) -> None:
    """Only a receipt waits for a time, that of what happened."""
    told = json.loads(everything(composed().languages[language]))

    waiting = {key for key, text in told.pop("receipt").items() if "{" in text}

    assert {"withdrawnText", "destroyedText"} == waiting
    assert [] == notice._PLACEHOLDER.findall(json.dumps(told))
