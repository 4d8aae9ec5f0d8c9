"""What docker-compose.yml says, for tests that run under the same options."""

import re
from pathlib import Path

_FILE = Path(__file__).parent.parent / "docker-compose.yml"


def users(password: str) -> dict[str, list[str]]:
    """The event store's users but for the default one, and the words of `ACL SETUSER` after the name."""
    lines = [line.split() for line in acl_file(password).splitlines()]
    return {name: words for _, name, *words in lines if name != "default"}


def acl_file(password: str) -> str:
    """The file of users, with one password for all of them."""
    content = _FILE.read_text("utf-8").partition("  users:\n    content: |\n")[2]
    lines = [line.strip() for line in content.splitlines()]
    return re.sub(r"\$\{\w+\}", password, "\n".join(lines) + "\n")


def event_store_options() -> list[str]:
    """The options of `redis-server`, without its file of users and the cap on memory."""
    command = _FILE.read_text("utf-8").partition("redis-server ")[2].partition("\n    volumes")[0]
    words = command.replace('""', "''").split()
    words = [word.strip("'") for word in words]
    unwanted = ("--aclfile", "--maxmemory")
    return [w for n, w in enumerate(words) if w not in unwanted and words[n - 1] not in unwanted]
