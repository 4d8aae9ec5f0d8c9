"""How often one address may ask. In memory, under a keyed hash whose key changes daily: no address is kept anywhere.

An address is the caller's, or, when the caller is one of our reverse proxies, the last one in `X-Forwarded-For` that is
not: whatever a visitor writes into that header stands further left and is never looked at. Of IPv6 the first 64 bits
count, since a household has them all.

Where no proxy is configured, addresses of this machine and of private networks are not limited: they are most likely
a proxy that nobody named, and then all visitors would have to share one allowance.
"""

import hashlib
import logging
import math
import secrets
import socket
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_network

from recorder import limits
from recorder.errors import TooOften

log = logging.getLogger("yesmap.recorder")

Network = IPv4Network | IPv6Network
#: A network as the length of its addresses in bytes, its mask and its first address.
Range = tuple[int, int, int]
#: Before an IPv4 address in IPv6 clothes.
_MAPPED = bytes(10) + b"\xff\xff"


class Rates:
    """What each address has used of its allowances. One in each collector process.

    Of `workers` processes on one port each sees about as much of an address as the others, so what one of them sees
    counts as much as all of them together saw.
    """

    def __init__(
        self,
        proxies: Sequence[Network] = (),
        workers: int = 1,
        most: int = limits.ADDRESSES_REMEMBERED,
    ) -> None:
        self._proxies, self._workers, self._most = ranges(proxies), workers, most
        self._day, self._salt = -1, b""
        #: By kind of request and hashed address: when its allowance is whole again, s. The least recent first.
        self._whole: OrderedDict[bytes, float] = OrderedDict()
        self._told = False

    def check(self, what: str, peer: str | None, forwarded: Sequence[str], now: float) -> None:
        """Take one from the allowance of `what`, or `TooOften` with the seconds until there is one again.

        `peer` is the caller's address, None on a unix socket; `forwarded` are its `X-Forwarded-For` headers; `now` is
        in seconds since the epoch.
        """
        address = caller(peer, forwarded, self._proxies)
        if address is None or (not self._proxies and self._ours(address)):
            return
        rate, key = limits.RATES[what], self._hash(what, address, now)
        # A bucket that leaks, written as the time when it is empty.
        each = self._workers / rate.per_second
        whole = max(self._whole.pop(key, now), now) + each
        late = whole - now - rate.burst / rate.per_second
        if late > 0:
            self._keep(key, whole - each)
            raise TooOften(
                "Too many requests from one address: wait a little.", retry_after=max(1, math.ceil(late))
            )
        self._keep(key, whole)

    def __len__(self) -> int:
        return len(self._whole)

    def _ours(self, address: bytes) -> bool:
        """Whether the address is of this machine or a private network; said once, without it."""
        if not _within(address, _OURS):
            return False
        if not self._told:
            log.warning(
                "Requests come from this machine or a private network and are not limited: "
                "if that is your reverse proxy, name it in YESMAP_PROXIES."
            )
            self._told = True
        return True

    def _keep(self, key: bytes, whole: float) -> None:
        """Remember when the allowance is whole; when there are too many, the one that waited longest is forgotten."""
        self._whole[key] = whole
        if len(self._whole) > self._most:
            self._whole.popitem(last=False)

    def _hash(self, what: str, address: bytes, now: float) -> bytes:
        """A name for the address that nobody can turn back, and that is another one tomorrow."""
        day = int(now // 86_400)
        if day != self._day:
            self._day, self._salt = day, secrets.token_bytes(16)
            self._whole.clear()
        household = address if len(address) == 4 else address[:8]
        return hashlib.blake2b(household, digest_size=8, key=self._salt, person=what.encode()).digest()


def caller(peer: str | None, forwarded: Sequence[str], proxies: Sequence[Range]) -> bytes | None:
    """Whose request it is, 4 or 16 bytes: the nearest address that is none of our proxies."""
    address = _read(peer or "")
    if not forwarded:
        return address
    for named in reversed([part for header in forwarded for part in header.split(",")]):
        if address is None or not _within(address, proxies):
            break
        before = _read(named.strip())
        if before is None:
            break
        address = before
    return address


def ranges(networks: Iterable[Network]) -> list[Range]:
    """Networks, such that looking for an address in them takes no time: each request does."""
    return [(n.max_prefixlen // 8, int(n.netmask), int(n.network_address)) for n in networks]


def _within(address: bytes, networks: Sequence[Range]) -> bool:
    number, size = int.from_bytes(address, "big"), len(address)
    for length, mask, start in networks:  # noqa: SIM110 - a generator takes twice as long, and each request asks
        if size == length and number & mask == start:
            return True
    return False


def _read(text: str) -> bytes | None:
    """An address, also with a port behind it, as some proxies write it."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        if ":" not in text:
            return socket.inet_pton(socket.AF_INET, text)
        address = socket.inet_pton(socket.AF_INET6, text.partition("%")[0])
    except (OSError, ValueError):
        return None
    return address.removeprefix(_MAPPED)


_OURS = ranges(
    map(
        ip_network,
        (
            *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
            *("::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)
