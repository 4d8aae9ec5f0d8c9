"""Writes the vectors anew: `python -m tests.certificate.vectors`. Python and JavaScript tests read them."""

import json
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from heatmap.end import certificate

FILE = Path(__file__).parent / "vectors.json"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
CONTENTS: dict[str, dict[str, Any]] = {
    "order": {"version": 1, "b": {"z": 1, "a": 2, "Z": 3, "_": 4, "0/a.png": 5}, "a": [3, 1, 2]},
    "values": {"version": 1, "yes": True, "no": False, "none": None, "empty": {}, "list": [], "minus": -5},
    "largest number": {"version": 1, "number": 2**53 - 1},
    "texts": {
        "version": 1,
        "text": 'Café "Zur Post" \\ \u2028 / \u007f \t\n\b\f\r\u0001 <\u00e9\u0301> 日本 🙂',
    },
}


def vectors() -> dict[str, dict[str, str]]:
    """By name: the canonical content as text, and the whole certificate as it is signed."""
    return {
        name: {
            "canonical": certificate.canonical(content).decode(),
            "certificate": certificate.sign(content, KEY).decode(),
        }
        for name, content in CONTENTS.items()
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=1) + "\n", "ascii")
