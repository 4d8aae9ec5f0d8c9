from recorder import notice, texts


def test_every_language_has_every_text() -> None:
    """No key is missing in one and none is too many; each has the same placeholders as the English one."""
    flat = {language: notice._flat(found) for language, found in texts.defaults().items()}

    assert {"de", "en", "es", "fr", "nl"} == flat.keys()
    for found in flat.values():
        assert flat["en"].keys() == found.keys()
        for key, text in found.items():
            assert sorted(notice._PLACEHOLDER.findall(flat["en"][key])) == sorted(
                notice._PLACEHOLDER.findall(text)
            ), key


def test_no_two_languages_say_the_same() -> None:
    """What was forgotten in translation would stand in English; only words that are one in both may."""
    flat = {language: notice._flat(found) for language, found in texts.defaults().items()}
    shared = {"details", "panel.pause", "panel.pages", "receipt.site", "notice.heatmap"}

    for language in flat.keys() - {"en"}:
        assert set() == {key for key, text in flat[language].items() if text == flat["en"][key]} - shared
