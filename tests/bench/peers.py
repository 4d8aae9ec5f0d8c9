"""The recorders that Yesmap is measured beside: where they come from and how a site starts them."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PACKAGES = ("@rrweb/record@2.1.6", "clarity-js@0.8.70")

#: rrweb gives events, and leaves it to the site to send them. So: its first snapshot at once, then what has gathered
#: every 5 s as Yesmap does, and the rest when the page goes, each time as plain JSON.
RRWEB = """<script defer src="/files/rrweb.js"></script><script type="module">
let waiting = [];
function send() {
  if (!waiting.length) return;
  const body = JSON.stringify({ events: waiting });
  waiting = [];
  fetch("/sink", { method: "POST", body, keepalive: body.length < 60000 });
}
rrwebRecord.record({ emit(event) { waiting.push(event); if (event.type === 2) send(); } });
setInterval(send, 5000);
addEventListener("pagehide", send);
</script>"""
#: Clarity sends by itself, compressed: at first after 1 s, then ever more seldom up to every 30 s.
CLARITY = """<script>
window.clarity = function () { (window.clarity.q = window.clarity.q || []).push(arguments); };
clarity("start", { projectId: "bench", upload: location.origin + "/sink", track: true, content: true });
</script><script defer src="/files/clarity.js"></script>"""


class Absent(Exception):
    """Something that the measurement needs is not on this machine."""


@dataclass(frozen=True)
class Tool:
    """`head` is what a site writes into its pages' head, `script` what that loads from the site."""

    name: str
    head: str = ""
    script: bytes = b""


def install(folder: Path) -> list[Tool]:
    """The peers, as their makers publish them for browsers, from npm into `folder`; `Absent` when that fails."""
    npm = shutil.which("npm")
    if npm is None:
        raise Absent("npm is absent: rrweb and clarity-js cannot be had")
    command = [
        npm,
        "install",
        "--silent",
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        "--prefix",
        str(folder),
    ]
    done = subprocess.run([*command, *PACKAGES], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Absent(f"npm cannot install {' and '.join(PACKAGES)}: {done.stderr.strip()[-300:]}")
    modules = folder / "node_modules"
    return [
        Tool("rrweb", RRWEB, (modules / "@rrweb/record/dist/record.umd.min.cjs").read_bytes()),
        Tool("clarity", CLARITY, (modules / "clarity-js/build/clarity.min.js").read_bytes()),
    ]
