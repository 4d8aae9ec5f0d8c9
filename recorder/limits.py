"""Every cap of the collector, each with its reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

# --- one batch ---------------------------------------------------------------------------------

#: The browser sends at 12 kB; the rest leaves room for the token. Four batches fit the 64 KiB that
#: all keepalive requests of a closing page share.
BODY_BYTES = 16 * 1024
#: A token is about 350 bytes; longer strings are refused before they are decoded.
TOKEN_BYTES = 1024
#: `el` is one byte and 255 means "no element".
ELEMENTS = 255
#: `t` is two bytes of milliseconds; a batch covers less than a minute.
BATCH_MS = 60_000
#: 20 moves a second, and as many events of every other kind, is more than a person makes.
EVENTS_PER_SECOND = 40
#: A page that is opened makes a few events at once, whatever the rate.
EVENTS_BURST = 200
#: Release and variant are labels, not text.
LABEL_CHARS = 40
#: A document larger than this cannot be addressed by the two bytes of x and y.
POSITION_MAX = 65_535

# --- one visitor session -----------------------------------------------------------------------

#: Of moving and clicking, not of pages that lie open: more is not a visit to a web site.
MINUTES_PER_SESSION = 8 * 60
#: One every 5 s for so long. The pace is limited batch by batch: who sends many that claim the same moment gains
#: nothing by it, and is held up by RATES.
BATCHES_PER_SESSION = MINUTES_PER_SESSION * 12
#: What one person may take of the event store.
BYTES_PER_SESSION = 8 * 1024 * 1024

# --- one recording -----------------------------------------------------------------------------

#: What the visitor was told is short; a longer look is a new recording, asked anew.
RECORDING_DAYS = 30
#: The time after the end in which pictures are made; then every raw key expires.
DRAWING = timedelta(hours=24)
#: The release is one byte of a stored batch, 0 is none. Rows are cheap; a few that somebody made up fill nothing.
RELEASES = 254
#: How many of them one visitor session may bring in: more than a site deploys in a visit, too few to fill the list.
RELEASES_PER_SESSION = 3
#: A table of more is not readable.
VARIANTS = 20
#: A list that a person can check, and a page index that stays small.
PAGES = 500
MARKS = 200
#: A page is a kind of page, told apart by few keys; more of the query would tell visitors apart.
QUERY_KEYS = 5

# --- the notice --------------------------------------------------------------------------------

#: A sentence or two: what is longer is not read.
TEXT_CHARS = 500
#: A language tag of RFC 5646 rarely has more, and it stands in addresses.
LANGUAGE_CHARS = 35
#: All official languages of the European Union, and some of its neighbours.
LANGUAGES = 40
#: Bodies that a process packs only once: its files, the notices of its recordings.
BODIES_PACKED = 500
#: Composed notices that a collector remembers, about 50 kB each with five languages.
NOTICES_REMEMBERED = 50

# --- consent -----------------------------------------------------------------------------------

#: How long a token is taken without asking the event store whether the session is still open for it.
TOKEN_LIFE = timedelta(minutes=30)
#: Long enough to look at one's own data and decide, too short to be worth stealing.
RIGHTS_LIFE = timedelta(minutes=10)
#: 256 bits, the output size of HMAC-SHA256 (RFC 7518, 3.2).
SIGNING_KEY_BYTES = 32
#: How soon a running collector sees that the keys file has changed, and lets go of the keys of what has ended.
KEYS_SECONDS = 10.0
#: A new key signs when every collector has seen it, several times over.
KEY_SIGNS_AFTER = timedelta(minutes=1)
#: Tokens of a retired key are in use until the last recording of its time has ended and its raw events are gone.
KEY_NEEDED = timedelta(days=RECORDING_DAYS) + DRAWING
#: JSON bodies of the consent interface.
FORM_BYTES = 4 * 1024

# --- the collector's memory --------------------------------------------------------------------

#: Verified tokens that are remembered, about 1 kB each.
TOKENS_REMEMBERED = 20_000
#: Origins whose headers are kept ready, about 1 kB each; anybody can send one.
ORIGINS_REMEMBERED = 256
#: How stale a collector's knowledge of a recording may be. Nothing rests on it: the event store has the gates.
RECORDING_SECONDS = 2.0

#: Batches that wait for a server of the event store, 16 kB each at most: 16 MB. More are told to come again.
BATCHES_WAITING = 1_000
#: Batches that go to the event store in one call; it serves nobody else for that time, 2 ms.
BATCHES_A_ROUND = 200
#: How long the event store may take for one call.
STORE_SECONDS = 1.5
#: How long a visitor's request may wait for it, whatever it asks and however long the queue is: then a browser has 503.
ANSWER_SECONDS = 1.9
#: Connections to the event store for all that is not a write: who finds none waits.
STORE_CONNECTIONS = 64
#: Visitor sessions that are in memory as a whole at once, for their visitors' copies: 8 MB each, for `ANSWER_SECONDS`.
SESSIONS_READ = 8
#: Batches of a copy that are in memory while its visitor reads, 16 kB each.
BATCHES_IN_HAND = 8
#: Replicas of a cluster's shard that have a write before it is acknowledged; a shard usually has one.
REPLICAS = 1
#: How long they may take: less than the whole call, so that the answer says what is missing.
REPLICA_SECONDS = 1.0
#: How long a connection may stay without a request, or with half a head of one: longer than reverse proxies keep
#: theirs (60 s), so that they never send into one that is just being closed.
IDLE_SECONDS = 75
#: Connections that may be open at once, if the machine lets us: a few thousand visitors' browsers keep theirs.
OPEN_FILES = 65_536
#: What a request's head may have on its way: the largest cookies and a long address, several times over.
HEAD_BYTES = 64 * 1024
#: How long an answer may take to be read: the largest copy of one's data on a bad line.
READ_SECONDS = 600
#: Before garbage is looked for: what takes a millisecond, not the 700 of Python, of which a batch has a tenth.
NEW_OBJECTS = 10_000
#: Read at once from a connection: a batch with its head, mostly.
READ_BYTES = 16 * 1024
#: How long the rest of a body may take after its head: 16 kB on a bad line, not a connection that is held open.
BODY_SECONDS = 10

#: How long a part may take to say that it works; the operator's tools give up after 5 s or 10 s.
CHECK_SECONDS = 2

# --- one address -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rate:
    """So many at once, and then so many a second."""

    burst: int
    per_second: float


#: An office, a school or a mobile network is one address to us, so each is for a few hundred people, not for one.
RATES: Mapping[str, Rate] = {
    #: A class of 30 that opens the page twice, and then 360 an hour; each costs a record that is kept for a year.
    "consents": Rate(60, 0.1),
    #: Two or three for each visitor who is asked, whatever they answer.
    "counts": Rate(240, 1),
    #: A batch every 5 s from 250 people at once, and what their phones kept while they were in a tunnel.
    "events": Rate(500, 50),
    #: Renewing on the way back to a site, and a look at one's own data, which reads a whole session.
    "rights": Rate(120, 1),
    #: A look at what became of a yes, now and then. Guessing ids of 130 bits is hopeless, and must not cost reads.
    "receipts": Rate(60, 0.5),
    #: The notice, twice for each visitor who is asked, and certificates; a name that nobody gave costs a read.
    "documents": Rate(500, 10),
    #: One for each background that a team takes from its pages. Guessing 256 bits is hopeless, and must not cost reads.
    "codes": Rate(30, 0.1),
}
#: Allowances that are remembered at once, about 200 bytes each. With more callers than this the oldest start anew.
ADDRESSES_REMEMBERED = 50_000

# --- ends of what is kept ----------------------------------------------------------------------

#: Unless the recording says otherwise.
CONSENT_RECORDS = timedelta(days=365)
PICTURES = timedelta(days=730)
#: Nothing of a recording is of use after ten years.
KEPT_DAYS = 3650


def ms(span: timedelta) -> int:
    """How long that is, in ms, as all times here are."""
    return round(span.total_seconds() * 1000)
