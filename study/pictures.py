"""Pictures of finished pages, taken by a browser that is installed already: PNG as on a screen, PDF as on paper.

The browser is started by its own command line, without a window, without the network, with a new profile that is
deleted afterwards. It takes its picture when a page has loaded, which would be too early: maps are drawn after that. So
it is shown a copy of the page with one script more, which holds the end of loading back until the page says that it is
drawn (``data-ready``). And for a PNG the copy stands in a frame of the size asked for: a browser without a window first
gives a page less height than it then photographs, and would take a map that is being drawn anew.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from geo.errors import GeoError

Kind = Literal["png", "pdf"]
SCREEN = (1280, 800)  # CSS pixels
SHARPNESS = 2  # pixels of the picture for each of them
SECONDS = 60.0
_INSTALL = "Install Chromium, Chrome or Edge, or set GEO_BROWSER_PATH to one."

# nothing of this asks anybody anything: no proxy answers there, and no name is looked up
_OFFLINE = (
    "--proxy-server=http://127.0.0.1:9", "--proxy-bypass-list=<-loopback>", "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic",
    "--disable-default-apps", "--disable-extensions", "--no-pings", "--metrics-recording-only",
)  # fmt: skip
_QUIET = (
    "--headless", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--no-default-browser-check", "--mute-audio",
    "--password-store=basic", "--use-mock-keychain", "--force-color-profile=srgb", "--disable-dev-shm-usage",
)  # fmt: skip
_MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}
_READY = re.compile(rb"<html[^>]*\sdata-ready=")
# An open document inside the page keeps the page loading.
_HOLD = """(function () {
  "use strict";
  const root = document.documentElement;
  const frame = root.appendChild(document.createElement("iframe"));
  frame.hidden = true;
  frame.contentDocument.open();
  const drawn = new MutationObserver(() => {
    if (!root.dataset.ready) return;
    drawn.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => {
      parent.postMessage("drawn", "*");
      frame.contentDocument.close();
      frame.remove();
    }));
  });
  drawn.observe(root, { attributes: true });
})();"""
_FRAME = """<!DOCTYPE html>
<html>
<head><meta charset="utf-8"><title>picture</title><style>
html, body { margin: 0; overflow: hidden } iframe { display: block; border: 0; width: $widthpx; height: $heightpx }
</style></head>
<body><script>
addEventListener("message", (event) => { if (event.data === "drawn") document.documentElement.dataset.ready = "yes"; });
</script><iframe src="page.html"></iframe></body>
</html>
"""


def picture(
    page: Path, out: Path, kind: Kind = "png", size: tuple[int, int] = SCREEN, *, seconds: float = SECONDS
) -> None:
    """Write ``out``, a picture of the finished page ``page``: a PNG of ``size``, or a PDF of A4 pages.

    ``size`` is in CSS pixels, and a PNG has twice as many each way; a PDF takes its size from the page's print style.
    Raises GeoError where there is no browser, where it fails or takes longer than ``seconds``, and where the page did
    not say that it is drawn: half a map is worse than none.
    """
    browser = find_browser()
    if browser is None:
        raise GeoError("No browser was found to take a picture with.", _INSTALL)
    with _workshop(out) as folder:
        copy, taken = Path(folder, "page.html"), Path(folder, f"picture.{kind}")
        text = page.read_text("utf-8")
        drawn = "<script" in text  # else it is whole when it has loaded
        copy.write_text(held(text) if drawn else text, encoding="utf-8", newline="\n")
        if kind == "png":
            copy = Path(folder, "frame.html")
            copy.write_text(_FRAME.replace("$width", str(size[0])).replace("$height", str(size[1])), encoding="utf-8")
        output, complaint = _run(_command(browser, copy, taken, kind, size, Path(folder, "profile"), seconds), seconds)
        if not taken.is_file() or not taken.read_bytes().startswith(_MAGIC[kind]):
            raise GeoError(f"{browser.name} took no picture ({_why(complaint)}).", "Open the page and print it there.")
        if drawn and not _READY.search(output):
            raise GeoError(
                f"The page was not drawn within {seconds:.0f} seconds, so no picture was taken.",
                "Open the page in a browser: it says there what is wrong.",
            )
        taken.replace(out)


def picture_or_still(
    page: Path,
    out: Path,
    kind: Kind,
    still: Callable[[Path], None],
    size: tuple[int, int] = SCREEN,
    *,
    seconds: float = SECONDS,
) -> str:
    """Write ``out`` with a browser (``picture``), or with ``still`` where none is installed; return what was done.

    ``still`` writes a plainer map to the path it is given. A browser that is there and fails is an error, never a
    reason for the plainer map: the user would not know which of the two lies there. ``out`` is whole or not there.
    """
    if find_browser() is not None:
        picture(page, out, kind, size, seconds=seconds)
        return f"{out.name}: the page, as a browser {'prints' if kind == 'pdf' else 'shows'} it."
    with _workshop(out) as folder:
        taken = folder / f"picture.{kind}"
        still(taken)
        taken.replace(out)
    return f"{out.name}: no browser was found, so it is a plainer map with the same facts. {_INSTALL}"


def held(html: str) -> str:
    """Return a page that loads until it is drawn: with one script more, which its policy then names."""
    name = f"'sha256-{base64.b64encode(hashlib.sha256(_HOLD.encode()).digest()).decode('ascii')}'"
    allowed = html.replace("script-src ", f"script-src {name} ", 1)
    return allowed.replace("<title>", f"<script>{_HOLD}</script>\n<title>", 1)


@contextmanager
def _workshop(out: Path) -> Iterator[Path]:
    """Give a folder beside ``out`` that is gone afterwards.

    Not the folder for temporary files: a browser installed by snap sees none but its user's own folder.
    """
    try:
        folder = tempfile.TemporaryDirectory(prefix=".geo-picture-", dir=out.parent, ignore_cleanup_errors=True)
    except OSError as error:
        raise GeoError(f"{out}: cannot be written ({error.strerror}).", "Name a folder that is there.") from None
    with folder as name:
        yield Path(name)


def _command(
    browser: Path, page: Path, taken: Path, kind: Kind, size: tuple[int, int], profile: Path, seconds: float
) -> list[str]:
    command = [str(browser), *_QUIET, *_OFFLINE, f"--user-data-dir={profile}", f"--window-size={size[0]},{size[1]}"]
    if sys.platform.startswith("linux") and hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--no-sandbox")  # Chromium does not start in its sandbox for root, as in a container
    command.append(f"--timeout={int(seconds * 800)}")  # milliseconds, so that it gives up before it is ended
    if kind == "png":
        command += [f"--force-device-scale-factor={SHARPNESS}", f"--screenshot={taken}"]
    else:
        command += ["--no-pdf-header-footer", f"--print-to-pdf={taken}"]
    return [*command, "--dump-dom", page.resolve().as_uri()]


def _run(command: list[str], seconds: float) -> tuple[bytes, bytes]:
    """Return what the program wrote; it is ended with all it started when its time is over."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix",
        )
    except OSError as error:
        raise GeoError(f"{command[0]}: cannot be started ({error.strerror}).", "Is it a browser?") from None
    try:
        return process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(process)
        raise GeoError(
            f"{Path(command[0]).name} took longer than {seconds:.0f} seconds for a picture.",
            "Open the page and print it there, or draw fewer incidents.",
        ) from None
    except BaseException:  # Ctrl-C leaves no browser behind
        _end(process)
        raise


def _end(process: subprocess.Popen[bytes]) -> None:
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.communicate()


def _why(complaint: bytes) -> str:
    """Return the last thing a browser said that tells something; its remarks about buses and fonts do not."""
    lines = [line.strip() for line in complaint.decode("utf-8", "replace").splitlines() if line.strip()]
    telling = [line for line in lines if not re.search(r"dbus|fontconfig|bytes written|gpu|vaapi", line, re.IGNORECASE)]
    return telling[-1][:200] if telling else "it does not say why"


_BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge",
    "microsoft-edge-stable", "msedge", "brave-browser",
)  # fmt: skip
_MAC_BROWSERS = (
    "Google Chrome.app/Contents/MacOS/Google Chrome",
    "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "Chromium.app/Contents/MacOS/Chromium",
)
_WINDOWS_BROWSERS = (
    r"Google\Chrome\Application\chrome.exe",
    r"Microsoft\Edge\Application\msedge.exe",
    r"Chromium\Application\chrome.exe",
)


def find_browser() -> Path | None:
    """Return an installed Chromium, Chrome or Edge: the one named by ``GEO_BROWSER_PATH``, else one that is found."""
    named = os.environ.get("GEO_BROWSER_PATH")
    if named:
        return Path(named) if Path(named).is_file() else None
    return next((path for path in _candidates() if path.is_file()), None)


def _candidates() -> Iterator[Path]:
    for name in _BROWSERS:
        found = shutil.which(name)
        if found:
            yield Path(found)
    if sys.platform == "darwin":
        for folder in (Path("/Applications"), Path.home() / "Applications"):
            yield from (folder / name for name in _MAC_BROWSERS)
    elif sys.platform == "win32":
        for variable in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA"):
            if os.environ.get(variable):
                yield from (Path(os.environ[variable], name) for name in _WINDOWS_BROWSERS)
    else:
        yield from (
            Path(folder, name) for folder in ("/usr/bin", "/snap/bin", "/opt/google/chrome") for name in _BROWSERS
        )
