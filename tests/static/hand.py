"""What a hand does on a page, as small acts that make up tables of cases."""

from collections.abc import Awaitable, Callable
from typing import Literal, NamedTuple

from playwright.async_api import FloatRect, Locator

from tests.static.visitor import Visitor

Act = Callable[[Visitor], Awaitable[None]]
Button = Literal["left", "middle", "right"]

#: Clicks that come later than this after the one before are single clicks to the browser, ms.
_DOUBLE = 500


class Case(NamedTuple):
    """One row of a table: a page, what is done on it, and how many events must come of it."""

    name: str
    body: str
    act: Act
    expected: int


def of(visitor: Visitor, selector: str) -> Locator:
    """An element; `frame: ` before its selector says that it is inside the page's frame."""
    inside = selector.removeprefix("frame: ")
    page = visitor.page
    return (
        page.frame_locator("iframe").locator(inside) if inside != selector else page.locator(inside)
    ).first


async def box_of(visitor: Visitor, selector: str) -> FloatRect:
    """Where an element is in the viewport, CSS px."""
    box = await of(visitor, selector).bounding_box()
    assert box, f"{selector} is not to be seen"
    return box


def clicks(
    times: int = 1,
    on: str = "#it",
    *,
    step: tuple[int, int] = (0, 0),
    at: tuple[float, float] = (0.5, 0.5),
    wait: int = 0,
    button: Button = "left",
) -> Act:
    """Clicks, `step` px and `wait` ms from one to the next, beginning `at` a share of the element's box."""

    async def act(visitor: Visitor) -> None:
        box = await box_of(visitor, on)
        x, y = box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]
        for n in range(times):
            if n and wait:
                await visitor.wait(wait)
            count = n + 1 if step == (0, 0) and wait < _DOUBLE else 1
            await visitor.page.mouse.move(x + n * step[0], y + n * step[1])
            await visitor.page.mouse.down(button=button, click_count=count)
            await visitor.page.mouse.up(button=button, click_count=count)

    return act


def taps(times: int = 1, on: str = "#it") -> Act:
    async def act(visitor: Visitor) -> None:
        box = await box_of(visitor, on)
        for _ in range(times):
            await visitor.page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)

    return act


def keys(key: str, times: int = 1, on: str = "#it") -> Act:
    async def act(visitor: Visitor) -> None:
        await of(visitor, on).focus()
        for _ in range(times):
            await visitor.page.keyboard.press(key)

    return act


def holding(key: str, act: Act) -> Act:
    """The same with a key held down."""

    async def held(visitor: Visitor) -> None:
        await visitor.page.keyboard.down(key)
        await act(visitor)
        await visitor.page.keyboard.up(key)

    return held


def opening(act: Act) -> Act:
    """The same where it opens a tab, which is closed again: a page behind another one is hardly ever drawn."""

    async def opened(visitor: Visitor) -> None:
        async with visitor.page.expect_popup() as popup:
            await act(visitor)
        await (await popup.value).close()

    return opened


def script(code: str) -> Act:
    """What the page's own code does."""

    async def act(visitor: Visitor) -> None:
        await visitor.page.evaluate(code)

    return act


def waiting(ms: int) -> Act:
    async def act(visitor: Visitor) -> None:
        await visitor.wait(ms)

    return act


def one_by_one(*acts: Act) -> Act:
    async def all_(visitor: Visitor) -> None:
        for act in acts:
            await act(visitor)

    return all_
