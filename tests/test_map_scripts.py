"""The scripts of the pages: small, strict, without a way to run text, and right where node can check them."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import maps
from geo.errors import GeoError
from maps import assets, packing, workshop
from maps.builder import Page
from maps.packing import Column

FOLDER = Path(maps.__file__).parent / "js"
FILES = sorted(FOLDER.glob("*/*.js"))
TESTS = Path(__file__).parent / "js"
FORBIDDEN = (
    r"\binnerHTML\b", r"\bouterHTML\b", r"\binsertAdjacentHTML\b", r"\bdocument\s*\.\s*write", r"\beval\b",
    r"\bnew\s+Function\b", r"\bsetHTML", r"\bsrcdoc\b", r"\bDOMParser\b", r"\bcreateContextualFragment\b",
    r"\bfetch\s*\(", r"\bXMLHttpRequest\b", r"\bWebSocket\b", r"\bimport\s*\(", r"setTimeout\s*\(\s*[\"'`]",
    r"setAttribute\(\s*[\"']style", r"[{,]\s*style\s*:\s*[\"'`]",
)  # fmt: skip


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def name_of(path: Path) -> str:
    return path.relative_to(FOLDER).as_posix()


@pytest.fixture(scope="module")
def pages() -> list[Page]:
    modules = [importlib.import_module(f"maps.{name}") for _, name, _ in pkgutil.iter_modules(maps.__path__)]
    return [page for module in modules for page in vars(module).values() if isinstance(page, Page)]


def test_every_file_is_on_a_page_or_is_not_there(pages):
    assert {name_of(path) for path in FILES} == {name for page in pages for name in assets.scripts(page.script)}
    assert {path.name for path in FOLDER.parent.joinpath("css").glob("*.css")} == {
        name for page in pages for name in page.styles
    } | {"outcome.css", "wall.css", "pack.css", "pack_feet.css"}  # of pages that run no script


def test_a_script_runs_after_those_it_needs_and_the_page_last(pages):
    for page in pages:
        names = assets.scripts(page.script)
        assert names[-1] == page.script
        assert len(set(names)) == len(names)
        for i, name in enumerate(names):
            assert assets._needs()[name] <= set(names[:i])


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_script_uses_only_names_that_are_there_and_its_room_may_use(path):
    code = re.sub(r"(?m)(^|\s)//.*$", "", path.read_text("utf-8"))
    made = {name for other in FILES for name in re.findall(r"(?m)^  geo\.(\w+) = ", other.read_text("utf-8"))}
    assert set(re.findall(r"\bgeo\.(\w+)", code)) <= made
    rooms = {name.split("/")[0] for name in assets._needs()[name_of(path)]}
    assert rooms <= {"pure": {"pure"}, "kit": {"pure", "kit"}}.get(path.parent.name, {"pure", "kit", path.parent.name})
    if path.parent.name == "pure":
        assert not re.search(r"\b(document|window|L)\.|geo\.dom\b", code), "what needs no document runs in node"


def test_two_scripts_that_need_each_other_are_refused(monkeypatch):
    monkeypatch.setattr(assets, "_needs", lambda: {"kit/a.js": {"kit/b.js"}, "kit/b.js": {"kit/a.js"}})
    assets.scripts.cache_clear()
    with pytest.raises(GeoError, match=r"need each other: kit/[ab]\.js"):
        assets.scripts("kit/a.js")
    assets.scripts.cache_clear()


def test_the_styles_of_the_workshop_know_no_left_and_right_but_on_the_map():
    for name in workshop.PAGE.styles:
        text = (FOLDER.parent / "css" / name).read_text("utf-8")
        assert not re.findall(r"(?:margin|padding|border)-(?:left|right)|text-align: (?:left|right)", text), name


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_a_script_is_small_strict_and_runs_no_text(path):
    text = path.read_text("utf-8")
    assert not [pattern for pattern in FORBIDDEN if re.search(pattern, text)]
    assert '(function (geo) {\n  "use strict";\n' in text
    assert text.rstrip().endswith("})((globalThis.geo = globalThis.geo || {}));")
    assert text.startswith("// ")
    assert len(text.splitlines()) < 200
    assert all(line.count("`") % 2 == 0 for line in text.splitlines()), "a string of several lines: see assets.lean"


@pytest.mark.parametrize(
    "text",
    ["a.innerHTML = b", "document.write(a)", "new Function(a)", 'el("p", { style: "color:red" })', "eval(a)"],
)
def test_the_list_of_what_is_forbidden_finds_it(text):
    assert [pattern for pattern in FORBIDDEN if re.search(pattern, text)]


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_node_can_read_the_script(node, path):
    result = subprocess.run([node, "--check", str(path)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", ["test_pure.js", "test_analyst.js"])
def test_the_logic_without_a_document(node, name):
    result = subprocess.run(
        [node, "--test", str(TESTS / name)],
        capture_output=True, text=True, check=False, env={**os.environ, "GEO_JS": str(FOLDER)},
    )  # fmt: skip
    assert result.returncode == 0, result.stdout + result.stderr
    assert re.search(r"pass (\d+)", result.stdout)


@pytest.fixture(scope="module")
def unpacker(node):
    """A running node that answers one line of JSON with the columns it unpacked."""
    code = """
      const geo = require(process.argv[1])(process.argv[2], "unpack.js");
      require("node:readline").createInterface({ input: process.stdin }).on("line", async (line) => {
        const { packed, rows, kinds } = JSON.parse(line);
        const made = geo.unpack.columns(await geo.unpack.inflate(geo.unpack.bytes(packed)), rows, kinds);
        console.log(JSON.stringify(Object.fromEntries(Object.entries(made).map(([k, v]) => [k, [...v]]))));
      });
    """
    command = [node, "-e", code, str(TESTS / "load.js"), str(FOLDER)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:

        def ask(content: bytes, rows: int, kinds: list[list[str]]) -> dict[str, list[int]]:
            import base64

            asked = {"packed": base64.b64encode(content).decode(), "rows": rows, "kinds": kinds}
            process.stdin.write(json.dumps(asked) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield ask
        process.stdin.close()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 255))))
def test_the_browser_unpacks_what_python_packed(unpacker, rows):
    table = np.array(rows, dtype=np.uint16).reshape(-1, 4)
    kinds = ["delta16", "delta16", "u16", "u8"]
    content = packing.deflate(
        packing.pack([Column(str(i), kind, table[:, i]) for i, kind in enumerate(kinds)])  # type: ignore[arg-type]
    )
    assert zlib.decompress(content) is not None
    back = unpacker(content, len(table), [[f"c{i}", kind] for i, kind in enumerate(kinds)])
    assert [back[f"c{i}"] for i in range(4)] == table.T.tolist()
