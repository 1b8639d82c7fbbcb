"""GeoJSON and tables of text as what they hold."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path

from geo.errors import GeoError, counted
from layers.audit.json_values import of_table, parts_of
from layers.audit.parts import Finding, Part, Table
from layers.reading.text import read_header

_EMPTY = frozenset(("", "NA", "N/A", "null", "NULL", "None", "nan", "NaN", "#N/A"))


def layer_name(path: Path) -> str:
    """Return what layer a file is by its name: ``hotspots`` for hotspots.csv.gz and for hotspots-2025.csv."""
    return re.split(r"[.\d]", path.name, maxsplit=1)[0].strip("-_ ").casefold().replace("-", "_")


def geojson_parts(data: bytes, path: Path) -> Iterator[Part]:
    """Yield the parts of a GeoJSON or JSON file."""
    try:
        value = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise GeoError(f"{path}: this is not valid JSON.", "Is the file cut off? Export it again.") from None
    name = value.get("name") if isinstance(value, dict) else None
    collection = isinstance(value, dict) and value.get("type") == "FeatureCollection"
    layer = layer_name(path) if collection else ""
    for part in parts_of(value, "features" if collection else "data", layer=layer, strict=collection):
        table = part.table
        if collection and len(table) == 1 and name is not None and list(table.columns) == ["name"]:
            yield Part(part.place, texts=[str(name)])  # the layer's own name
            continue
        yield part


def csv_parts(data: bytes, path: Path) -> Iterator[Part]:
    """Yield the one table of a text file, and what stands in it beside the table."""
    header = read_header(data, str(path))
    rows, numbers, odd, last = [], [], [], 1
    reader = csv.reader(io.StringIO(header.text.decode(), newline=""), delimiter=header.delimiter)
    next(reader, None)
    for cells in reader:
        number, last = last + 1, reader.line_num
        if not cells:
            continue
        if len(cells) == len(header.names):
            rows.append([None if cell in _EMPTY else cell for cell in cells])
            numbers.append(number)
        else:
            odd.append(cells)
    table = Table.of_rows(header.names, rows, numbers)
    findings = []
    prose = path.suffix.casefold() == ".txt"  # perhaps sentences with commas, which are no layer
    if odd:
        what = f"{counted(len(odd), 'row')} with too many or too few cells, not read."
        findings.append(
            Finding("note" if prose else "look", "rows", what, [], "Mend them, so that they can be judged.")
        )
    yield Part(
        "rows",
        "" if prose else layer_name(path),
        not prose,
        table,
        of_table(table),
        texts=[cell for cells in odd for cell in cells],
        findings=findings,
    )
