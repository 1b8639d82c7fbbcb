"""Open pages in Firefox and in WebKit at usual screens, and say what went wrong: a page that is not drawn, an error.

    uv run python benchmarks/browsers.py PAGE.html ...

Needs Debian's ``firefox-esr`` and ``webkit2gtk-driver`` (which wants a display: ``xvfb-run -a``); one that is not
installed is left out, and that is said. Firefox is spoken to by Marionette, which it brings, and its console is read;
WebKit by its driver, which tells no console: there it is seen that a page is drawn and shows no message of trouble.
Exit 1 if there is any fault.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# forty usual ones: telephones upright and on their side, tablets both ways, notebooks, desks and projectors
_UPRIGHT = (
    (320, 568), (360, 640), (360, 740), (360, 780), (375, 667), (375, 812), (390, 844), (393, 852), (412, 915),
    (414, 896), (430, 932), (540, 720), (600, 960), (712, 1138), (744, 1133), (768, 1024), (800, 1280), (820, 1180),
    (834, 1194), (1024, 1366),
)  # fmt: skip
SCREENS = (
    *_UPRIGHT, (667, 375), (844, 390), (932, 430), (960, 600), (1024, 600), (1024, 768), (1133, 744), (1180, 820),
    (1280, 720), (1280, 800), (1280, 1024), (1366, 768), (1366, 1024), (1440, 900), (1536, 864), (1600, 900),
    (1680, 1050), (1920, 1080), (1920, 1200), (2560, 1440),
)  # fmt: skip
SECONDS = 30
# what a page says of itself once it is drawn
ASK = """
const shown = (one) => one.getClientRects().length > 0 && one.textContent.trim();
const page = document.scrollingElement;
return [document.documentElement.dataset.ready || "", [...document.querySelectorAll(".trouble")].filter(shown).map(
    (one) => one.textContent), Math.max(0, page.scrollWidth - innerWidth)];
"""
# what stands in Firefox's console of pages from files
CONSOLE = """
const said = Services.console.getMessageArray().map((one) => String(one.message || one));
return said.filter((one) => one.includes("file:///"));
"""
Browser = Callable[[str, dict[str, Any]], Any]


@contextmanager
def firefox() -> Iterator[tuple[Browser, Callable[[], list[str]]]]:
    """Yield commands to a headless Firefox, and what its console holds of pages."""
    with tempfile.TemporaryDirectory() as profile:
        port = _free_port()
        Path(profile, "user.js").write_text(f'user_pref("marionette.port", {port});\n', encoding="utf-8")
        options = ("--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", profile)
        process = subprocess.Popen(
            ["firefox-esr", *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            line = _connected(port)
            reader = line.makefile("rb")
            _read(reader)
            count = 0

            def say(name: str, values: dict[str, Any]) -> Any:
                nonlocal count
                count += 1
                text = json.dumps([0, count, f"WebDriver:{name}" if ":" not in name else name, values])
                line.sendall(f"{len(text.encode())}:{text}".encode())
                _, _, error, result = _read(reader)
                if error:
                    raise RuntimeError(error.get("message", error))
                return result.get("value", result) if isinstance(result, dict) else result

            def console() -> list[str]:
                say("Marionette:SetContext", {"value": "chrome"})
                said = say("ExecuteScript", {"script": CONSOLE, "args": []})
                say("Marionette:SetContext", {"value": "content"})
                return [one for one in said if "JavaScript Error" in one or "Content-Security-Policy" in one]

            say("NewSession", {})
            yield say, console
        finally:
            process.kill()
            process.wait()


@contextmanager
def webkit() -> Iterator[tuple[Browser, Callable[[], list[str]]]]:
    """Yield commands to WebKit; of its console nothing can be read."""
    port = _free_port()
    process = subprocess.Popen(
        ["WebKitWebDriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    browser = next(iter(sorted(Path("/usr/lib").glob("*/webkit2gtk-*/MiniBrowser"))), None)
    try:
        _connected(port).close()

        def call(method: str, path: str, values: dict[str, Any] | None) -> Any:
            body = None if values is None else json.dumps(values).encode()
            request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", body, method=method)
            with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                return json.load(answer)["value"]

        options = {"binary": str(browser), "args": ["--automation"]}
        made = call("POST", "session", {"capabilities": {"alwaysMatch": {"webkitgtk:browserOptions": options}}})
        home = f"session/{made['sessionId']}"
        paths = {"Navigate": "url", "ExecuteScript": "execute/sync", "SetWindowRect": "window/rect"}
        yield lambda name, values: call("POST", f"{home}/{paths[name]}", values), lambda: []
        call("DELETE", home, None)
    finally:
        process.terminate()
        process.wait()


def faults_of(say: Browser, console: Callable[[], list[str]], page: Path) -> list[str]:
    """Return what is wrong with a page at any of the screens."""
    found = []
    for width, height in SCREENS:
        say("SetWindowRect", {"width": width, "height": height})
        say("Navigate", {"url": page.resolve().as_uri()})
        until = time.monotonic() + SECONDS
        ready, trouble, aside = "", [], 0
        while not ready and time.monotonic() < until:
            time.sleep(0.1)
            ready, trouble, aside = say("ExecuteScript", {"script": ASK, "args": []})
        found += [] if ready else [f"{width} x {height}: not drawn after {SECONDS} seconds"]
        found += [f"{width} x {height}: {text}" for text in trouble]
        found += [f"{width} x {height}: {aside} pixels stick out"] if aside else []
    return found + sorted(set(console()))


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _connected(port: int) -> socket.socket:
    until = time.monotonic() + SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=SECONDS)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def _read(reader: Any) -> Any:
    length = b""
    while not length.endswith(b":"):  # each answer begins with its length
        length += reader.read(1)
    return json.loads(reader.read(int(length[:-1])))


def main(pages: list[str]) -> int:
    """Open every page in every browser that is there; return how many faults were seen, 1 at most."""
    faults = 0
    for name, program, start in (("Firefox", "firefox-esr", firefox), ("WebKit", "WebKitWebDriver", webkit)):
        if shutil.which(program) is None:
            print(f"{name}: {program} is not installed, so nothing is said of it.")
            continue
        with start() as (say, console):
            for page in map(Path, pages):
                found = faults_of(say, console, page)
                faults += len(found)
                print(f"{name}, {page}: {'; '.join(found) or f'drawn at {len(SCREENS)} screens, no fault'}")
    return min(faults, 1)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
