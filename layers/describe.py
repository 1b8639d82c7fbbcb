"""The tables of columns in docs/formats.md, made from the layers' descriptions: ``python -m layers.describe``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from layers import registry
from layers.reading.layer import Column, Layer

DOCUMENT = Path(__file__).parent.parent / "docs" / "formats.md"
_BLOCK = re.compile(r"(<!-- columns of (\w+) -->\n).*?(<!-- end -->)", re.S)
_ALL = re.compile(r"(<!-- every layer -->\n).*?(<!-- end -->)", re.S)


def documented(text: str) -> str:
    """Return a document with the tables between its marks made anew."""
    text = _ALL.sub(lambda mark: mark[1] + layers_table() + mark[2], text)
    return _BLOCK.sub(lambda mark: mark[1] + columns_table(registry.layer(mark[2])) + mark[3], text)


def layers_table() -> str:
    """Return the table of all layers: what each is, what it is checked against, which steps use it."""
    lines = ["| layer | what it holds | checked against | used by |", "|---|---|---|---|"]
    for name in registry.names():
        layer = registry.layer(name)
        against = ", ".join(registry.needs(name)) or "-"
        lines.append(f"| `{name}` | {layer.title} | {against} | {', '.join(layer.used_by) or 'no step yet'} |")
    return "\n".join(lines) + "\n"


def columns_table(layer: Layer) -> str:
    """Return the table of a layer's columns; those that are needed come first."""
    lines = ["| column | meaning | values | other headings | may leave in |", "|---|---|---|---|---|"]
    ordered = sorted(_worth_telling(layer), key=lambda column: not column.required)
    return "\n".join(lines + [_line(column) for column in ordered]) + "\n"


def _worth_telling(layer: Layer) -> list[Column]:
    """Return the columns without those that differ from another by their year only."""
    return [column for column in layer.columns if not re.fullmatch(r"(area|ward)_\d{4}", column.name)]


def _line(column: Column) -> str:
    name = f"`{column.name}`" + (" (needed)" if column.required else "")
    also = ", ".join(word.strip() for word in column.also.split(",") if word.strip()) or "-"
    leaves = "no file (it points at a person)" if column.personal else _leaves(column)
    return f"| {name} | {_cell(column.meaning)} | {_values(column)} | {_cell(also)} | {leaves} |"


def _values(column: Column) -> str:
    kind = f"{column.kind}, {column.unit}" if column.unit and column.unit != column.kind else column.kind
    if column.words is not None:
        kind = "one of a list"
    return f"{kind}, several" if column.several else kind


def _leaves(column: Column) -> str:
    return "no file" if column.shown == "nobody" else f"{column.shown} files"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENT
    path.write_text(documented(path.read_text(encoding="utf-8")), encoding="utf-8")
