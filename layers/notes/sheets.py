"""Wall maps on paper: the grid printed on a sheet, its id, and notes typed in by the squares of it.

A sheet is told by its id alone, which stands on it: ``601000-480000-250-24x18-K`` has its corner in the south-west at
601000, 480000 in metres, squares of 250 m, 24 columns and 18 rows, and a letter that is wrong where a figure of the
rest is. Columns are letters from the west (A ... Z, AA ...), rows numbers from the north (1 ...).
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import GeoError
from layers.libraries import gpd, pd, pyproj, shapely
from layers.notes.files import NoteFile
from layers.notes.texts import clean, feeling_of
from layers.reading.layer import Column, Layer
from layers.reading.records import read_records
from layers.reading.report import FileRead, ReadReport

ENDINGS = (".csv", ".tsv", ".xlsx")
NO_SHEET = "no sheet id"
WRONG_SHEET = "the sheet id has a mistake in it"
NO_SQUARE = "no square of the sheet"
OTHER_SQUARE = "a square that the sheet does not have"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWYZ"  # without I and O, which read as figures, and X, which parts columns and rows
_ID = re.compile(r"(-?\d{1,8})-(-?\d{1,8})-(\d{1,5})-(\d{1,3})x(\d{1,3})-([A-Z])")
_SQUARE = re.compile(r"([A-Z]{1,2})(\d{1,3})")
_NAMES = uuid.UUID("6f0b1d2e-7f4b-5c55-9a51-0f6d2f0a8c13")
_SHORT_FEELINGS = {"u": "unsafe", "s": "safe", "i": "idea"}
TYPED = Layer(
    "paper notes",
    (
        Column("square", "the square or squares of the sheet: C7, or C7-D8", "squares, cell, grid square, grid, place"),
        Column("feeling", "safe, unsafe or idea", "feelings, how does it feel"),
        Column("note", "what was written", "words, notes, comment, comments, what people said, text"),
        Column("sheet", "the id of the sheet; the first row may stand for all", "sheet id, sheet no, map"),
        Column("workshop", "which workshop", "session, event"),
        Column("created", "the day", "date, day"),
    ),
)


class Sheet(NamedTuple):
    """The grid of a sheet: its south-western corner, the side of its squares in metres, how many columns and rows."""

    west: int
    south: int
    size_m: int
    columns: int
    rows: int

    @property
    def id(self) -> str:
        """The id that stands on the sheet."""
        plain = f"{self.west}-{self.south}-{self.size_m}-{self.columns}x{self.rows}"
        return f"{plain}-{_check_letter(plain)}"

    def column_name(self, column: int) -> str:
        """Return the letters of a column, counted from 0 in the west."""
        first, last = divmod(column, 26)
        return (chr(64 + first) if first else "") + chr(65 + last)

    def square(self, text: str) -> shapely.Polygon | None:
        """Return the square, or the rectangle from one square to another, that a text names; None for none of it."""
        ends = [self._place(part) for part in re.split(r" ?(?:-|–|TO|:) ?", " ".join(text.upper().split()), maxsplit=1)]
        if any(end is None for end in ends):
            return None
        columns, rows = zip(*(end for end in ends if end is not None), strict=True)
        west, east = self.west + min(columns) * self.size_m, self.west + (max(columns) + 1) * self.size_m
        north = self.south + (self.rows - min(rows)) * self.size_m
        return shapely.box(west, self.south + (self.rows - max(rows) - 1) * self.size_m, east, north)

    def _place(self, text: str) -> tuple[int, int] | None:
        found = _SQUARE.fullmatch(text.replace(" ", ""))
        if found is None:
            return None
        column = 0
        for letter in found[1]:
            column = column * 26 + ord(letter) - 64
        place = column - 1, int(found[2]) - 1
        return place if place[0] < self.columns and 0 <= place[1] < self.rows else None


def sheet_over(bounds: tuple[float, float, float, float], size_m: int) -> Sheet:
    """Return the sheet whose squares of ``size_m`` metres, at whole multiples of it, cover bounds in metres.

    Raises GeoError for more than 700 columns or rows, and for no size.
    """
    if size_m < 1:
        raise GeoError(f"A grid of {size_m} m has no squares.", "Give 50 to 1,000 metres.")
    west, south = (int(edge // size_m) * size_m for edge in bounds[:2])
    columns, rows = (int(-(-(edge - start) // size_m)) for edge, start in zip(bounds[2:], (west, south), strict=True))
    if max(columns, rows) > 700:
        raise GeoError(f"A grid of {size_m} m has {columns:,} by {rows:,} squares here.", "Give larger squares.")
    return Sheet(west, south, size_m, max(1, columns), max(1, rows))


def sheet_of(text: str) -> Sheet | None:
    """Return the sheet that an id names, however it was typed; None where it is none or its check letter is wrong."""
    plain = re.sub(r"\s+", "", text).upper().replace("–", "-").replace("X", "x")
    found = _ID.fullmatch(plain)
    if found is None or _check_letter(plain[:-2]) != found[6]:
        return None
    west, south, size, columns, rows = map(int, found.groups()[:5])
    return Sheet(west, south, size, columns, rows) if size and columns and rows else None


def _check_letter(plain: str) -> str:
    """Return a letter that another one, or two figures exchanged, would make wrong: a sum by weight, modulo 23."""
    return _LETTERS[sum((i % 21 + 2) * (ord(letter) - 42) for i, letter in enumerate(plain)) % 23]


class Typed(dict[str, Any]):
    """A feature made of a typed row; ``fault``: why its place cannot be told, None where it can."""

    fault: str | None = None


def read_typed(path: Path, metric_crs: pyproj.CRS) -> NoteFile:
    """Return the notes of a table typed in after a workshop: a row a note, with the square of the sheet.

    The id of the sheet may stand in the first row only. Every row is a note of its own, also where two people wrote the
    same. Raises GeoError where there is no column of squares or of feelings.
    """
    report = ReadReport("paper notes")
    try:
        records = read_records(path, TYPED, report, required=("square", "feeling"))
    except GeoError as error:
        if "no column 'square'" not in error.problem:
            raise
        raise GeoError(
            f"{path}: a table without the squares of a wall map (no column 'square').",
            f"Notes that another program saved: export them as GeoJSON in degrees, not as a table. {error.hint}",
        ) from None
    rows = records.rows.astype(object).where(records.rows.notna(), None)
    for name in ("sheet", "workshop", "created"):
        rows[name] = rows[name].ffill() if name in rows else None
    features, seen = [], dict[tuple[str, ...], int]()
    for row in rows.to_dict("records"):
        said = tuple(clean(row.get(name)) for name in ("sheet", "square", "feeling", "note", "workshop"))
        seen[said] = seen.get(said, 0) + 1
        name = str(uuid.uuid5(_NAMES, "\x1f".join([*said, str(seen[said])])))
        features.append(_feature(row, name, metric_crs))
    file = FileRead(str(path), report.files[-1].sha256, len(features))
    return NoteFile(file, features, [""] * len(features), rows=[int(row) for row in rows["row"]])


def _feature(row: dict[str, Any], name: str, metric_crs: pyproj.CRS) -> Typed:
    sheet = sheet_of(clean(row["sheet"]))
    square = sheet.square(clean(row["square"])) if sheet else None
    feeling = clean(row["feeling"])
    properties = {
        "id": name,
        "feeling": _SHORT_FEELINGS.get(feeling.casefold()) or feeling_of({"feeling": feeling}),
        "note": clean(row.get("note")),
        "map": clean(row["workshop"]) or clean(row["sheet"]),
        "kind": "area",
    }
    made = Typed(type="Feature", properties=properties, geometry=None)
    if square is not None:
        degrees = gpd.GeoSeries([square], crs=metric_crs).to_crs(4326)[0]
        made["geometry"] = shapely.geometry.mapping(degrees)
        made["geometry"]["coordinates"] = [[list(xy) for xy in ring] for ring in made["geometry"]["coordinates"]]
    elif sheet is None:
        made.fault = WRONG_SHEET if clean(row["sheet"]) else NO_SHEET
    else:
        made.fault = OTHER_SQUARE if clean(row["square"]) else NO_SQUARE
    if not pd.isna(row["created"]):
        properties["created"] = clean(row["created"])
    return made
