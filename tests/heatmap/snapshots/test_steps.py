"""The language of steps: what can be said in it, and that nothing else can."""

import pytest

from heatmap.snapshots.steps import STEPS, Step, parse
from recorder.errors import Malformed


def test_each_line_is_a_step() -> None:
    """Lines or semicolons, quotation marks where there are blanks, remarks in between."""
    text = """
    # sign in
    goto /account ; click "Sign in"
    fill 'E-mail' with $SHOP_USER; fill #password $SHOP_PASSWORD
    click #menu
    press Enter
    wait "It's; done"
    wait 500
    """
    assert [
        Step("goto", "/account"),
        Step("click", "Sign in"),
        Step("fill", "E-mail", "$SHOP_USER"),
        Step("fill", "#password", "$SHOP_PASSWORD"),
        Step("click", "#menu"),
        Step("press", "Enter"),
        Step("wait", "It's; done"),
        Step("wait", "500"),
    ] == parse(text)


@pytest.mark.parametrize("text", ["", " \n;;\n# nothing\n"])
def test_no_steps(text: str) -> None:
    """Nothing to do is no error."""
    assert [] == parse(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("eval alert(1)", "begins with none of goto, click"),
        ("click", "not of the form click"),
        ("click Sign in", "not of the form click"),
        ("fill #mail", "not of the form fill"),
        ("fill #mail by $X", "not of the form fill"),
        ('click "Sign in', "without its other half"),
        ("wait 99999", "longer than 10000 ms"),
        ("press Enter\n" * (STEPS + 1), "at most 50"),
    ],
)
def test_what_is_no_step(text: str, why: str) -> None:
    """The sentence names the step, and what is wrong with it."""
    with pytest.raises(Malformed, match=r"^The(re)? ") as refused:
        parse(text)
    assert why in refused.value.message


def test_as_many_steps_as_are_taken() -> None:
    """The limit itself is taken."""
    assert STEPS == len(parse("press Enter\n" * STEPS))
