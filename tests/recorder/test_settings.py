import pytest

from recorder.errors import Unusable
from recorder.settings import Settings, read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("YESMAP_PORT", "70000"),
        ("YESMAP_REDIS_URL", "http://events"),
        ("YESMAP_PUBLIC_URL", "shop.example"),
        ("YESMAP_S3_ENDPOINT", "s3.example"),
        ("YESMAP_TEAM_KEY", "short"),
        ("YESMAP_DEMO", "perhaps"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """The start stops with one sentence that names the setting, and does not repeat a secret."""
    monkeypatch.setenv(name, value)

    with pytest.raises(Unusable, match=name):
        read()


def test_secrets_print_as_stars() -> None:
    """Neither the event store's password nor the team's key shows when settings are printed."""
    chosen = read(redis_url="redis://:password@events", team_key="a-key-of-twenty-characters")

    assert "password" not in repr(chosen)
    assert "a-key-of" not in repr(chosen)


def test_every_setting_says_what_it_is_for() -> None:
    """Each has the description that the README's table shows."""
    assert [] == [name for name, field in Settings.model_fields.items() if not field.description]
