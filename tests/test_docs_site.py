"""The site of docs/: built with warnings as errors, opened from its folder, asking nothing of the network."""

from __future__ import annotations

import importlib.util
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import OUTSIDE, open_browser
from click.testing import Result
from conftest import ROOT, made_once

DOCS = ROOT / "docs"
AXE = os.environ.get("GEO_AXE")
# what runs on Ashview, each page in a folder of its own, and what runs on Luton, one page after the other
ASHVIEW = ("tutorial_analyst", "tutorial_inspector", "tutorial_workshop", "effect", "register")
LUTON = ("real_data", "brief", "release", "month")


def commands(page: str) -> list[list[str]]:
    """Return the ``geo`` lines of a page's shell blocks, as words."""
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.S)
    lines = [line.removeprefix("uv run ") for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    assert all(line.startswith("geo ") for line in lines)
    return [shlex.split(line, comments=True)[1:] for line in lines]


def quotes(page: str) -> list[str]:
    """Return the lines that a page shows as said by geo: its blocks of text."""
    blocks = re.findall(r"```text\n(.*?)```", (DOCS / f"{page}.md").read_text(encoding="utf-8"), re.S)
    return [line for block in blocks for line in block.splitlines()]


def run(geo: Callable[..., Result], page: str, given: list[list[str]]) -> None:
    """Every command ends well, and what the page shows of their words is what they say."""
    said = ""
    for words in given:
        result = geo(*words)
        assert result.exit_code == 0, f"{page}: geo {shlex.join(words)}: {result.stdout} {result.stderr}"
        said += result.stdout + result.stderr
    said = " ".join(said.split())
    assert [line for line in quotes(page) if line not in said] == []


@pytest.mark.parametrize("page", ASHVIEW)
def test_every_command_of_a_page_on_ashview_runs(geo, finished_demo, page):
    shutil.copytree(finished_demo, "ashview")
    given = commands(page)
    assert (["demo"] in given) == page.startswith("tutorial")
    # it ran once, for all tests that need what it leaves
    run(geo, page, [words for words in given if words != ["demo"]])


def test_every_command_of_the_pages_on_real_data_runs(geo, shared_data, luton_wards):
    """The pages follow each other in one folder, as their reader does."""
    Path("luton").mkdir()
    shutil.copytree(shared_data / "bedfordshire_street_2025", "luton/police-uk")
    shutil.copy(luton_wards, "luton/wards.geojson")
    for page in LUTON:
        run(geo, page, commands(page))
    assert Path("months/2025-12/month.html").is_file()


def test_the_pictures_of_the_code_are_of_the_code():
    made = runpy.run_path(str(DOCS / "make_architecture.py"))
    for name, what in (("architecture.md", made["page"]()), ("architecture.svg", made["drawing"]())):
        assert (DOCS / name).read_text(encoding="utf-8") == what, "uv run python docs/make_architecture.py"


def test_every_name_to_rely_on_has_its_docstring_in_the_reference():
    listed = set(re.findall(r"^::: ([\w.]+)$", (DOCS / "api.md").read_text(encoding="utf-8"), re.M))
    parts = (DOCS / "python.md").read_text(encoding="utf-8").split("## The parts")[1]
    module = ""
    for line in parts.splitlines():
        for name in re.findall(r"`([\w.]+)`", line.split("|")[1]) if line.startswith("| `") else []:
            module, function = name.rsplit(".", 1) if "." in name else (module, name)
            assert f"{module}.{function}" in listed, "docs/api.md"


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The built site; GEO_DOCS=required fails where what builds it is not installed."""
    if importlib.util.find_spec("mkdocs") is None:
        if os.environ.get("GEO_DOCS") == "required":
            pytest.fail("mkdocs is not installed, and GEO_DOCS=required")
        pytest.skip("mkdocs is not installed (uv sync --group docs)")

    def build(folder: Path) -> None:
        command = [sys.executable, "-m", "mkdocs", "build", "--quiet", "--strict", "--site-dir", str(folder)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    return made_once(tmp_path_factory, "site", build)


def test_every_page_is_whole_alone_and_open_to_all(site):
    """Every page: nothing asked of the network, no error, no violation that axe knows."""
    pages = sorted(path for path in site.rglob("*.html") if path.name != "404.html")
    assert len(pages) >= len(list(DOCS.rglob("*.md")))
    with open_browser() as browser:
        context = browser.new_context(reduced_motion="reduce", bypass_csp=True)
        asked: list[str] = []
        context.route(OUTSIDE, lambda route: asked.append(route.request.url) or route.abort())
        page = context.new_page()
        page.on("pageerror", lambda error: asked.append(str(error)))
        if AXE:
            context.add_init_script(path=AXE)
        faults = []
        for path in pages:
            page.goto(path.as_uri())
            faults += [f"{path.name}: {one}" for one in (page.evaluate(_VIOLATIONS) if AXE else [])]
        assert asked == []
        assert faults == []


# without preload: a page of a folder may not fetch its own style sheets again
_VIOLATIONS = """axe.run({preload: false})
    .then(done => done.violations.map(one => `${one.id}: ${one.nodes[0].html.slice(0, 150)} (${one.nodes.length})`))"""


def test_the_search_finds_from_a_folder(site):
    with open_browser() as browser:
        page = browser.new_page()
        page.goto((site / "index.html").as_uri())
        page.click("input[name=query]")
        page.keyboard.type("ratio of ratios")
        page.wait_for_selector(".md-search-result__link[href*='before_after.html']")


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_what_the_front_pages_link_to_is_there(page):
    """Files, and headings as GitHub makes anchors of them; the site checks its own."""
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text(encoding="utf-8")):
        if not target.startswith("https:"):
            path, _, anchor = target.partition("#")
            assert (ROOT / path).is_file(), target
            heads = re.findall(r"^#+ (.+)$", (ROOT / path).read_text(encoding="utf-8"), re.M) if anchor else []
            assert not anchor or anchor in {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads}
