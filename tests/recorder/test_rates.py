import json
from collections.abc import AsyncIterator
from ipaddress import ip_address, ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient

from recorder import app as recorder_app
from recorder import limits, views
from recorder.errors import TooOften
from recorder.limits import Rate
from recorder.middlewares import RATES
from recorder.openapi import OPERATIONS
from recorder.rates import Rates, caller, ranges
from recorder.settings import Settings
from tests.conftest import Served, a_recording
from tests.recorder.test_views import FROM, a_count, refusal

Client = TestClient[web.Request, web.Application]

NOON = 1_800_000_000.0 // 86_400 * 86_400 + 43_200
PROXIES = [ip_network("10.0.0.0/8"), ip_network("fd00::/8")]


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three at once, then one every two seconds."""
    monkeypatch.setattr(limits, "RATES", dict.fromkeys(limits.RATES, Rate(3, 0.5)))


def taken(rates: Rates, address: str, times: int, now: float = NOON, what: str = "events") -> int:
    """How many of so many requests at once are let through."""
    done = 0
    for _ in range(times):
        try:
            rates.check(what, address, (), now)
            done += 1
        except TooOften:
            pass
    return done


@pytest.mark.usefixtures("_small")
def test_an_allowance_is_used_up_and_comes_back_with_time() -> None:
    """Three at once; after two seconds one more, after a minute three again, never more."""
    rates = Rates()

    assert [3, 0, 1, 3] == [taken(rates, "192.0.0.9", 9, NOON + s) for s in (0, 1.9, 2, 60)]


@pytest.mark.usefixtures("_small")
def test_who_is_refused_is_told_when_to_come_back() -> None:
    """In whole seconds, and asking in between does not make it later."""
    rates = Rates()
    taken(rates, "192.0.0.9", 50)

    with pytest.raises(TooOften) as caught:
        rates.check("events", "192.0.0.9", (), NOON + 0.5)

    assert 2 == caught.value.retry_after
    assert 1 == taken(rates, "192.0.0.9", 1, NOON + 2)


@pytest.mark.usefixtures("_small")
def test_every_address_and_every_kind_of_request_has_its_own_allowance() -> None:
    """One caller's haste is not another's wait."""
    rates = Rates()
    taken(rates, "192.0.0.9", 9)

    assert 3 == taken(rates, "192.0.0.10", 9)
    assert 3 == taken(rates, "192.0.0.9", 9, what="counts")


def test_the_processes_on_one_port_share_an_allowance() -> None:
    """Four of them let through together what one alone does, at once and later."""
    alone, crew = Rates(), [Rates(workers=4) for _ in range(4)]

    for now in (NOON, NOON + 2, NOON + 3600):
        assert taken(alone, "192.0.0.9", 999, now) == sum(taken(r, "192.0.0.9", 999, now) for r in crew)


@pytest.mark.usefixtures("_small")
def test_a_household_is_one_caller() -> None:
    """The first 64 bits of an IPv6 address; an IPv4 address in IPv6 clothes is that address."""
    rates = Rates()

    assert 3 == sum(taken(rates, f"2a00:1:2:3::{n:x}", 1) for n in range(9))
    assert 3 == taken(rates, "2a00:1:2:4::1", 9)
    assert 3 == taken(rates, "192.0.0.9", 2) + taken(rates, "::ffff:192.0.0.9", 9)


@pytest.mark.usefixtures("_small")
def test_the_salt_changes_every_day_and_nothing_of_an_address_is_kept() -> None:
    """Names of yesterday are forgotten, the same address has another name, and it is not in memory as itself."""
    rates = Rates()
    taken(rates, "192.0.0.9", 9)
    [before], salt = rates._whole, rates._salt

    assert 3 == taken(rates, "192.0.0.9", 9, NOON + 43_200)

    [after] = rates._whole
    assert before != after
    assert salt != rates._salt
    state = repr(vars(rates)).encode() + b"".join(rates._whole)
    assert not [trace for trace in (b"192.0.0.9", bytes([192, 0, 0, 9])) if trace in state]


@pytest.mark.usefixtures("_small")
def test_memory_has_an_end() -> None:
    """However many addresses come, so many are remembered; those that came last are still held back."""
    rates = Rates(most=10)
    for n in range(1000):
        taken(rates, f"203.1.{n // 250}.{n % 250}", 5)

    assert 10 == len(rates)
    assert [0, 3] == [taken(rates, "203.1.3.249", 9), taken(rates, "203.1.0.0", 9)]


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.0.9", "::1", "fd00::1", None])
def test_where_no_proxy_is_named_the_own_network_is_not_limited(
    caplog: pytest.LogCaptureFixture, address: str | None
) -> None:
    """It is most likely a proxy, and all visitors would share its allowance; a log line says so once, without it."""
    rates = Rates()
    for _ in range(9):
        rates.check("events", address, (), NOON)

    assert (0 if address is None else 1) == caplog.text.count("YESMAP_PROXIES")
    assert not address or address not in caplog.text.replace("test_rates", "")
    assert 0 == len(rates)


@pytest.mark.usefixtures("_small")
def test_where_proxies_are_named_the_own_network_is_limited_like_everybody() -> None:
    """An intranet's visitors have private addresses."""
    assert 3 == taken(Rates(PROXIES), "192.168.0.9", 9)


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("192.0.0.9", [], "192.0.0.9"),
        ("192.0.0.9", ["198.18.0.1"], "192.0.0.9"),
        ("10.0.0.1", ["198.18.0.1"], "198.18.0.1"),
        ("10.0.0.1", ["203.0.1.1, 198.18.0.1"], "198.18.0.1"),
        ("10.0.0.1", ["203.0.1.1", "198.18.0.1"], "198.18.0.1"),
        ("10.0.0.1", ["203.0.1.1, 198.18.0.1, 10.0.0.2"], "198.18.0.1"),
        ("10.0.0.1", ["198.18.0.1:4711"], "198.18.0.1"),
        ("10.0.0.1", ["[2a00::1]:4711"], "2a00::1"),
        ("10.0.0.1", ["2a00::1"], "2a00::1"),
        ("10.0.0.1", ["198.18.0.1, unknown"], "10.0.0.1"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.2"], "10.0.0.2"),
        ("fd00::1", ["198.18.0.1"], "198.18.0.1"),
        ("::ffff:10.0.0.1", ["198.18.0.1"], "198.18.0.1"),
        (None, ["198.18.0.1"], "None"),
        ("not an address", [], "None"),
    ],
)
def test_only_our_proxies_are_believed(peer: str | None, forwarded: list[str], expected: str) -> None:
    """The nearest address that is no proxy counts; what a visitor writes into the header stands further left."""
    found = caller(peer, forwarded, ranges(PROXIES))

    assert expected == str(found and ip_address(found))


@pytest.fixture
async def behind_proxy(settings: Settings) -> AsyncIterator[Client]:
    """A collector that believes what this machine forwards."""
    trusting = settings.model_copy(update={"proxies": [ip_network("127.0.0.0/8")]})
    async with TestClient(Served(recorder_app.build(trusting))) as client:
        yield client


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize("path", [path for method, path in OPERATIONS if method == "POST"])
async def test_too_many_requests_are_refused_before_they_are_read(behind_proxy: Client, path: str) -> None:
    """Whatever writes: 429 in our shape with Retry-After, readable for the page; others are let through meanwhile."""

    async def post(address: str) -> tuple[int, str]:
        response = await behind_proxy.post(path, data="{}", headers=FROM | {"X-Forwarded-For": address})
        if response.status == 429:
            assert 1 <= int(response.headers["Retry-After"]) <= 2
            assert "Retry-After" in response.headers["Access-Control-Expose-Headers"]
        return await refusal(response)

    answers = [await post("198.18.0.1") for _ in range(5)]

    assert [(429, "too_often")] * 2 == answers[3:]
    assert not [status for status, _ in (*answers[:3], await post("198.18.0.2")) if status == 429]


async def test_a_full_house_behind_one_address_is_no_attack(behind_proxy: Client) -> None:
    """Fifty visitors of one office who are asked within a second are all counted."""
    found = await behind_proxy.app[views.REGISTRY].open(a_recording())

    for _ in range(50):
        body = json.dumps(a_count(found))
        response = await behind_proxy.post(
            "/v1/count", data=body, headers=FROM | {"X-Forwarded-For": "198.18.0.1"}
        )
        assert 204 == response.status
    assert 1 == len(behind_proxy.app[RATES])


@pytest.mark.usefixtures("_small")
async def test_guessing_audit_ids_is_refused_before_it_costs_a_read(behind_proxy: Client) -> None:
    """As a page and as JSON, from one allowance of an address."""
    headers = {"X-Forwarded-For": "198.18.0.1", "Accept": "application/json"}

    answers = [await behind_proxy.get(f"/receipts/{'0' * 12}/{n}", headers=headers) for n in range(4)]

    assert [404, 404, 404, 429] == [answer.status for answer in answers]


@pytest.mark.usefixtures("_small")
@pytest.mark.parametrize(
    "path",
    [
        "/notices/{:012}.json",
        "/notices/{:012}/en",
        "/notices/{:012}/en.json",
        "/notices/{:012}/en/panel.json",
        "/certificates/{:012}",
        "/certificates/{:012}.json",
    ],
)
async def test_asking_for_documents_that_nobody_wrote_is_held_up(behind_proxy: Client, path: str) -> None:
    """Each name costs a read of the object store; script and certificate files cost none and are not counted."""
    headers = {"X-Forwarded-For": "198.18.0.1"}

    answers = [await behind_proxy.get(path.format(n), headers=headers) for n in range(4)]
    files = [await behind_proxy.get("/yesmap.js", headers=headers) for _ in range(4)]

    assert [404, 404, 404, 429] == [answer.status for answer in answers]
    assert {200} == {answer.status for answer in files}
