"""What elements are called in a snapshot: by people, who see the page."""

import pytest
from playwright.async_api import Browser

from tests.static.visitor import rows

pytestmark = pytest.mark.asyncio(loop_scope="module")

CASES = {
    '<button aria-label="Close">×</button>': "Close",
    '<i id="one">Far</i><i id="two">away</i><button aria-labelledby="one none two"></button>': "Far away",
    "<fieldset><legend>Size <button>Size guide</button></legend><input type=radio></fieldset>": "Size",
    '<button><svg width="9" height="9"><title>Close</title></svg>Close menu</button>': "Close menu",
    '<button><svg width="9" height="9"><title>Search</title></svg></button>': "Search",
    "<a href='#'><div>Block one</div><div>Block two</div></a>": "Block one Block two",
    "<a href='#'>To the<br>basket</a>": "To the basket",
    "<a href='#'><b>Un</b>believable</a>": "Unbelievable",
    "<p>Read our <a href='#'>terms</a> and <b>conditions</b>.</p>": "Read our terms and conditions.",
    "<a href='#'><img alt='To the start' width='9' height='9'></a>": "To the start",
    "<input placeholder='Your town' value='Utrecht'>": "Your town",
    "<input type='submit' value='Send it'>": "Send it",
    "<label>Notes <textarea>What somebody wrote</textarea></label>": "Notes",
    "<textarea title='Notes'>What somebody wrote</textarea>": "Notes",
    "<button>Basket <i aria-hidden='true'>(3)</i><i style='display:none'>hidden</i></button>": "Basket",
    "<div>Loose words <button>Other</button></div>": "Loose words",
    "<div><button>Other</button></div>": "",
    f"<p>{'very ' * 30}long</p>": ("very " * 12),
}
#: Where what is called so is not what comes first.
TAGS = {"<i ": "button", "<la": "textarea"}


@pytest.mark.parametrize("body", CASES)
async def test_an_element_is_called_what_people_read(browser: Browser, body: str) -> None:
    """Its label or its words, apart where they are seen apart; nothing hidden, filled in, or of another's name."""
    page = await browser.new_page()
    await page.set_content(f"<!doctype html><body>{body}")

    first = [
        row.name
        for row in await rows(page)
        if row.tag == TAGS.get(body[:3], body[1:].split(">")[0].split()[0])
    ]
    await page.close()

    assert CASES[body] == first[0]
