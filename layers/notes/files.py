"""Files of workshop notes: their kind, their size, their features, and what was deleted on the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from geo.errors import GeoError, counted
from layers.notes.texts import clean, feeling_of
from layers.reading.report import FileRead
from layers.reading.sniff import is_folder, kind_of, read_bytes, refuse, sha256

_IMAGES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*")
_DEGREES = ("CRS84", "EPSG::4326", "EPSG:4326", "OGC:1.3:CRS84")
_LONGEST_CHANGE, _MOST_CHANGES = 36, 200
_EXPORT_HINT = 'On the workshop page choose "Save notes to a file" and use the file it makes, workshop-notes.geojson.'


class Limits(NamedTuple):
    """What one file may hold: ``size`` in bytes, ``notes`` in features."""

    size: int
    notes: int


# what the page itself allows; a larger file is no export of it
EXPORT = Limits(2 * 2**20, 500)
# the notes of many tables in one layer
COLLECTED = Limits(100 * 2**20, 100_000)


class NoteFile(NamedTuple):
    """``file``: as read; ``features``: its members as they stand, one a note, not yet judged; ``layers``: the layer of
    each, in a file of several (uMap), else empty. ``by_hand``: the file is none of the page's own: geo merged it, or
    another program saved it. ``removed``: notes deleted on the page, by id, each with its changes. ``rows``: the row of
    each in a table, else empty.
    """

    file: FileRead
    features: list[Any]
    layers: list[str]
    by_hand: bool = False
    removed: Mapping[str, tuple[str, ...]] = MappingProxyType({})
    rows: Sequence[int] = ()


def find_note_files(paths: str | Path | Sequence[str | Path]) -> list[Path]:
    """Return the files of ``paths``; a folder stands for every ``.geojson`` and ``.json`` file in it, by name."""
    found: list[Path] = []
    for path in map(Path, [paths] if isinstance(paths, str | Path) else paths):
        if not is_folder(path):
            found.append(path)
            continue
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in (".geojson", ".json") and one.is_file())
        if not inside:
            raise GeoError(f"{path}: no .geojson file in this folder.", _EXPORT_HINT)
        found += inside
    return found


def read_note_files(
    paths: Sequence[Path], limits: Limits, typed: Callable[[Path], NoteFile] | None = None
) -> list[NoteFile]:
    """Return the files, sorted by name and content: the order in which they are given changes nothing.

    ``typed`` reads those that are tables; without it they are refused. Raises one GeoError that names every file that
    cannot be used, so that a pile is sorted out in one go.
    """
    files: list[NoteFile] = []
    problems: list[GeoError] = []
    for path in paths:
        try:
            table = typed is not None and path.suffix.lower() in (".csv", ".tsv", ".xlsx")
            files.append(typed(path) if typed is not None and table else _read(path, limits))
        except GeoError as error:
            problems.append(error)
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise GeoError(
            f"{len(problems)} of {counted(len(paths), 'file')} cannot be used.\n"
            + "\n".join(f"  {error.problem}" for error in problems),
            "Leave them out, or put them right, and run again.",
        )
    return sorted(files, key=lambda one: (Path(one.file.path).name, one.file.sha256))


def _read(path: Path, limits: Limits) -> NoteFile:
    limits = COLLECTED if _is_collected(path) else limits
    if path.is_file() and path.stat().st_size > limits.size:  # before it is read: it may be a film
        size, most = path.stat().st_size / 2**20, limits.size / 2**20
        raise GeoError(
            f"{path}: {size:,.1f} MB, more than the {most:g} MB that notes may take.",
            "Is it another file? " + _EXPORT_HINT,
        )
    data = read_bytes(path)
    root = _json(data, path)
    parts = _collections(root, path)
    features = [feature for _, part in parts for feature in part]
    layers = [name for name, part in parts for _ in part]
    if len(features) > limits.notes and not all("export" in properties_of(one) for one in features):
        raise GeoError(
            f"{path}: {len(features):,} features, more than the {limits.notes:,} notes that one file may hold.",
            "Is it another map? Notes of several tables stay in several files; geo workshop collect merges them.",
        )
    if features and not any(
        "feeling" in properties_of(one) or feeling_of(properties_of(one), name)
        for one, name in zip(features, layers, strict=True)
    ):
        raise GeoError(
            f"{path}: map data of another program, not notes (no feature says its feeling).",
            "Give each feature the property feeling (safe, unsafe or idea), and its words in note or description.",
        )
    _refuse_other_crs(root, path)
    by_hand = bool({"crs", "name"} & set(root)) or any({"export", "fid"} & set(properties_of(one)) for one in features)
    return NoteFile(FileRead(str(path), sha256(data), len(features)), features, layers, by_hand, _removed(root))


def _is_collected(path: Path) -> bool:
    """Return whether a file begins as the layer does that geo merges notes into: it may hold the notes of many."""
    try:
        with path.open("rb") as file:
            return b'"workshop_notes"' in file.read(1024)
    except (OSError, ValueError):
        return False  # read_bytes says what is wrong


def _collections(root: Any, path: Path) -> list[tuple[str, list[Any]]]:
    """Return the features of a file, with the name of their layer: a FeatureCollection has one, without a name."""
    if isinstance(root, dict) and root.get("type") == "umap" and isinstance(root.get("layers"), list):
        layers = [one for one in root["layers"] if isinstance(one, dict) and isinstance(one.get("features"), list)]
        return [(_layer_name(one), one["features"]) for one in layers]
    if not isinstance(root, dict) or root.get("type") != "FeatureCollection":
        raise GeoError(f"{path}: JSON, but not a collection of notes.", _EXPORT_HINT)
    if not isinstance(root.get("features"), list):
        raise GeoError(f"{path}: a collection without a list of features.", _EXPORT_HINT)
    return [(_layer_name(root), root["features"])]


def _layer_name(layer: dict[str, Any]) -> str:
    """Return what uMap calls a layer; empty in the file of another program."""
    options: dict[str, Any] = next(
        (layer[name] for name in ("_umap_options", "_storage") if isinstance(layer.get(name), dict)), {}
    )
    return clean(options.get("name"))


def _removed(root: Any) -> dict[str, tuple[str, ...]]:
    """Return the notes that were deleted on the page: a member ``removed`` of the file, [{id, changes}]."""
    given = root.get("removed") if isinstance(root, dict) else None
    found = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return {clean(one.get("id")): changes_of(one.get("changes")) for one in found if clean(one.get("id"))}


def changes_of(value: Any) -> tuple[str, ...]:
    """Return the changes of a note, oldest first: a text of ids with spaces between, or a list of them."""
    parts = value if isinstance(value, list) else clean(value).split()
    return tuple(part for one in parts if (part := clean(one)) and len(part) <= _LONGEST_CHANGE)[:_MOST_CHANGES]


def properties_of(feature: Any) -> dict[str, Any]:
    """Return the properties of a feature; none for what is no feature or has none."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties if isinstance(properties, dict) else {}


def _json(data: bytes, path: Path) -> Any:
    kind = kind_of(data[:4096])
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        kind = "json"  # an editor saved it again, as UTF-16
    elif data.startswith(_IMAGES) or data[4:8] == b"ftyp":
        raise GeoError(f"{path}: this is a picture or a film, not notes.", _EXPORT_HINT)
    elif kind == "web page":
        raise GeoError(f"{path}: this is a web page, perhaps the map itself, not the notes on it.", _EXPORT_HINT)
    if kind == "geopackage":
        raise GeoError(f"{path}: this is a GeoPackage.", "Name the workshop_notes.geojson that stands beside it.")
    if kind == "text":
        raise GeoError(f"{path}: this is text of another kind, not notes.", _EXPORT_HINT)
    if kind != "json":
        raise refuse(str(path), kind, data[:64])
    try:
        return json.loads(data.decode("utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"))
    except (ValueError, RecursionError) as error:  # also text that is no UTF-8
        line = getattr(error, "lineno", 1)
        raise GeoError(
            f"{path}: not valid JSON at line {line}.", "The file is cut off or was changed: export the notes again."
        ) from None


def _refuse_other_crs(root: dict[str, Any], path: Path) -> None:
    """Raise GeoError where the file says that its numbers are not degrees, as files older than RFC 7946 can."""
    crs = root.get("crs")
    properties = crs.get("properties") if isinstance(crs, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if isinstance(name, str) and not name.endswith(_DEGREES):
        raise GeoError(
            f"{path}: its positions are in {name[:60]}, not in longitude and latitude.",
            "Export it as GeoJSON in EPSG:4326 (in QGIS: Save Features As, RFC 7946).",
        )
