"""Takes the pictures of the docs anew: uv run python docs/make_pictures.py FOLDER [FOUND].

``FOLDER``: what ``geo demo`` left; ``FOUND``: what ``geo hotspots`` left of Luton, made as docs/real_data.md says.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import sync_playwright

# the picture, the page it shows, and what is clicked first; Luton has no streets among the open data at hand
LUTON = {"luton": ("hotspots.html", [])}
PICTURES = {
    "ashview": ("hotspots.html", ["text=High Street, Town Centre"]),
    "analyst": ("analyst.html", []),
    "inspector": ("inspector.html", []),
    "plan": ("plan.html", []),
    "workshop": ("workshop.html", []),
}
SIZE = {"width": 1280, "height": 800}


def main(results: Path, pictures: Mapping[str, tuple[str, list[str]]]) -> None:
    """Write a JPEG of each page's first screen beside this file."""
    chromium = shutil.which("chromium") or "/usr/bin/chromium"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"])
        for name, (page_name, clicks) in pictures.items():
            page = browser.new_context(offline=True, reduced_motion="reduce", viewport=SIZE).new_page()
            page.goto((results / page_name).resolve().as_uri())
            page.wait_for_selector("html[data-ready]", state="attached")
            for one in clicks:
                page.click(one)
            page.screenshot(path=Path(__file__).with_name(f"{name}.jpg"), type="jpeg", quality=80)


if __name__ == "__main__":
    main(Path(sys.argv[1]) / "results", PICTURES)
    for found in sys.argv[2:]:
        main(Path(found), LUTON)
