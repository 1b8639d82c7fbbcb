"""Writes architecture.md and architecture.svg from the code's own imports: uv run python docs/make_architecture.py."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("console", "study", "layers", "maps", "geo", "data")
# left edge and top of each folder's box in the drawing; what imports stands above what it imports
PLACES = {
    "cli": (340, 10),
    "console": (560, 90),
    "study": (150, 170),
    "layers": (20, 320),
    "maps": (235, 320),
    "geo": (450, 420),
    "data": (665, 320),
}
WHAT = {
    "cli": "options to a Study, ask, write, say",
    "console": "what a run says on the terminal",
    "study": "the pipeline: geo.toml in, results out",
    "layers": "the only folder that opens data files",
    "maps": "results in, a page out",
    "geo": "analysis: tables in, tables out",
    "data": "Ashview, and what makes it",
}
WIDE, HIGH = 195, 56

_PAGE = """# Architecture

![{alt}](architecture.svg)

An arrow is an import that the code holds; this page and its drawing are made from them (`docs/make_architecture.py`),
and a test fails where they differ. Another test (`tests/test_house.py`) refuses any import that goes another way:

```
{arrows}
```

`geo` may be imported by the folders beside it for two modules only, `geo.errors` (a message of two lines) and `geo.crs`
(the plane in metres). Tables know nothing of pictures, pictures nothing of files, and neither of the command line.

## The flow

1. `layers` opens what people hold, checks every row, sets bad ones aside with their reason, and returns a frame in
   metres with the [columns of its layer](formats.md#every-layer-and-its-columns).
2. `geo` computes. Inputs never change; randomness takes a seed; no order of rows matters.
3. `maps` draws one page for one reader.
4. `layers.writing` publishes all files of a command as one commit, with `run.json`: inputs and outputs by hash, every
   setting and why.

`study` runs the four and keeps results by the content of their inputs, so that commands and notebooks give the same
answer.

## The rooms

| room | what it is |
|---|---|
{rooms}

Where to add what: [contributing](contributing.md#the-house).
"""


def module_of(path: Path) -> str:
    """Return the dotted name of a file of ours."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path) -> set[str]:
    """Every module of ours that a file imports; ``from geo import crs`` means geo.crs."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inside = ROOT / node.module.replace(".", "/")
            found |= {
                f"{node.module}.{name.name}" if (inside / f"{name.name}.py").exists() else node.module
                for name in node.names
            }
    return {name for name in found if name.split(".")[0] in (*FOLDERS, "cli")}


def arrows() -> dict[str, set[str]]:
    """Return the folders that each folder imports, its own aside."""
    found: dict[str, set[str]] = {name: set() for name in PLACES}
    for path in [ROOT / "cli.py", *(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))]:
        own = module_of(path).split(".")[0]
        found[own] |= {name.split(".")[0] for name in imports_of(path)} - {own}
    return found


def page() -> str:
    """Return architecture.md."""
    held = arrows()
    told = {name: ", ".join(one for one in PLACES if one in held[name]) or "nothing of ours" for name in PLACES}
    return _PAGE.format(
        alt="The folders and their imports: " + "; ".join(f"{name} imports {told[name]}" for name in PLACES),
        arrows="\n".join(f"{name:8} -> {told[name]:33} {WHAT[name]}" for name in PLACES),
        rooms="\n".join(
            ["| room | what it is |", "|---|---|", *(f"| `{name}/` | {what} |" for name, what in _rooms())]
        ),
    )


def _rooms() -> list[tuple[str, str]]:
    found = []
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("__init__.py")):
        first = " ".join(
            (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0].split()
        )
        found.append((path.parent.relative_to(ROOT).as_posix(), first.replace("|", "\\|").replace("``", "`")))
    return found


def drawing() -> str:
    """Return architecture.svg: a box a folder, a line an import."""
    lines = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 490" font-family="sans-serif">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#52616f"/></marker></defs>',
        '<rect width="880" height="490" fill="#fff"/>',
    ]
    for name, to in arrows().items():
        lines += [_line(PLACES[name], PLACES[one]) for one in PLACES if one in to]
    lines += [_box(name, *PLACES[name]) for name in PLACES]
    return "\n".join([*lines, "</svg>", ""])


def _line(start: tuple[int, int], end: tuple[int, int]) -> str:
    """From the foot of one box to the head of the other."""
    x1, y1, x2, y2 = start[0] + WIDE / 2, start[1] + HIGH, end[0] + WIDE / 2, end[1]
    x2 += (x1 - x2) * 0.18  # arrows into one box keep apart
    return f'<path d="M{x1:g} {y1} L{x2:g} {y2}" fill="none" stroke="#52616f" marker-end="url(#tip)"/>'


def _box(name: str, x: int, y: int) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{WIDE}" height="{HIGH}" rx="6" fill="#e8eef5" stroke="#10263b"/>'
        f'<text x="{x + 10}" y="{y + 23}" font-size="15" font-weight="bold" fill="#10263b">{name}</text>'
        f'<text x="{x + 10}" y="{y + 43}" font-size="10" fill="#10263b">{WHAT[name]}</text>'
    )


if __name__ == "__main__":
    here = Path(__file__).parent
    (here / "architecture.md").write_text(page(), encoding="utf-8", newline="\n")
    (here / "architecture.svg").write_text(drawing(), encoding="utf-8", newline="\n")
