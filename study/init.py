"""geo init: what lies in a folder, which layer each file is and why, and a geo.toml that says so."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from geo.errors import GeoError, counted, listed
from layers import registry
from layers.databases.address import address_of, short_name
from layers.databases.read import tables_of
from layers.police import read_street_files
from layers.project import FILE_NAME
from layers.reading.report import ReadReport
from layers.reading.sniff import decompressed, is_folder, kind_of, read_bytes
from layers.reading.tabular import Asked, Table, match_columns, read_bytes_as_table, read_table

# files that are no data of a project: what systems, offices and geo itself leave beside them
_NO_DATA = re.compile(
    r"(?i)\..*|~\$.*|thumbs\.db|desktop\.ini|__macosx|node_modules|geo\.toml|hotspots_register\.gpkg|readme.*|licen[cs]e.*"
    r"|.*\.(md|html?|pdf|toml|lock|log|docx?|pptx?|jpe?g|png|gif|heic|mp4|mov|lnk|url|msg|eml|tmp|part|crdownload|py|ipynb"
    r"|qgz|qgs|qmd|shp\.xml)"
)
# the other parts of a shapefile
_BESIDE = re.compile(r"(?i).*\.(dbf|shx|prj|cpg|sbn|sbx)")
_MONTH = re.compile(r"\d{4}-\d{2}")
_STREET = re.compile(r"(?i)\d{4}-\d{2}-.+-street.*\.csv(\.gz)?")
_DEEPEST, _MOST_FILES = 8, 300
# of a table of text so much tells what it is
_ENOUGH = 1_000_000
_AREA_CODE = re.compile(rb"\b[EWSN]\d{8}\b")
_WHEN = {"occurred_from", "month", "year"}
_REAL_WARD = r"(E05|W05|S13|N08)"


class Placed(NamedTuple):
    """``file``: as seen from the folder; ``layer``: its name, empty where nothing fits or several do; ``why``: the
    reason in words. ``likely``: {column: heading that was read as nothing and may mean it}.
    """

    file: str
    layer: str
    why: str
    likely: Mapping[str, str] = {}


class Found(NamedTuple):
    """``placed``: what each file is; ``left``: what is no data and was not looked at; ``districts``: of the wards."""

    placed: list[Placed]
    left: list[str]
    districts: list[str]


def recognise(folder: Path) -> Found:
    """Return what each file of a folder is, and of the folders in it: each is read as a layer before it is called one.

    A layer has one file, but for those that may have many; of wards the newest are taken. Raises GeoError where there
    is no such folder, or nothing in it.
    """
    if not is_folder(folder):
        raise GeoError(f"{folder}: no such folder.", "Name the folder in which the files lie.")
    downloads: list[Path] = []
    files: list[Path] = []
    left: list[str] = []
    _walk(folder, folder, 0, downloads, files, left)
    if not downloads and not files:
        raise GeoError(f"{folder}: there is no data in it.", "Put the files into it, and run again.")
    if len(files) > _MOST_FILES:
        raise GeoError(
            f"{folder}: {len(files):,} files; at most {_MOST_FILES} are looked at.",
            "Put those of one project together.",
        )
    files, placed = _split_archives(folder, files, downloads)
    placed += _downloads(folder, downloads)
    specs = [spec for file in files for spec in _specs(file)]
    known = {spec: _scores(spec) for spec in specs}
    wards, context, districts = _wards(folder, [spec for spec in specs if "wards" in known[spec][0]])
    lookups, context = _lookup(folder, [spec for spec in specs if _most(known[spec][0]) == "lookup"], context)
    placed += [*wards, *lookups]
    # a ward file that was not taken is nothing else
    done = {one.file for one in wards if not one.why.startswith("refused")} | {one.file for one in lookups if one.layer}
    ranks = list(registry.names())
    # a layer after those it is checked against
    order = sorted(specs, key=lambda spec: (min(map(ranks.index, known[spec][0]), default=len(ranks)), spec))
    for spec in order:
        file = _named(folder, spec)
        if file in done:
            continue
        scores = {name: columns for name, columns in known[spec][0].items() if name not in ("wards", "lookup")}
        one, frame = _place(spec, file, scores, known[spec][1], context)
        if any(old.file == file for old in placed) and not one.layer:
            continue  # why it is none of the wards, or not the lookup, is said
        placed = [old for old in placed if old.file != file] + [one]
        if frame is not None and one.layer not in context.layers:
            context = context.having(one.layer, frame)
    return Found(_one_each(placed), left, districts)


def _walk(root: Path, folder: Path, depth: int, downloads: list[Path], files: list[Path], left: list[str]) -> None:
    """Collect police.uk downloads, other files, and what is no data, at any depth."""
    entries = sorted(folder.iterdir())
    street = [one for one in entries if _STREET.fullmatch(one.name) or (is_folder(one) and _MONTH.fullmatch(one.name))]
    if street:
        downloads.append(folder)
    for one in entries:
        name = one.relative_to(root).as_posix()
        if one in street or _BESIDE.fullmatch(one.name):
            continue
        if _NO_DATA.fullmatch(one.name) or one.is_symlink():
            left.append(name)
        elif not is_folder(one):
            files.append(one)
        elif any(inner.name.endswith("run.json") for inner in one.iterdir()):
            left.append(f"{name} (results of geo)")
        elif depth < _DEEPEST:
            _walk(root, one, depth + 1, downloads, files, left)


def _split_archives(folder: Path, files: list[Path], downloads: list[Path]) -> tuple[list[Path], list[Placed]]:
    """Return the files without police.uk's archives, which are downloads, or hold other things than incidents."""
    kept: list[Path] = []
    placed: list[Placed] = []
    for file in files:
        if file.suffix.lower() != ".zip":
            kept.append(file)
            continue
        one = _police(file, _named(folder, str(file)))
        if one.layer:
            downloads.append(file)
        elif "outcome" in one.why or "stop" in one.why:
            placed.append(one)
        else:
            kept.append(file)
    return kept, placed


def _downloads(folder: Path, downloads: list[Path]) -> list[Placed]:
    """Return what downloads there are: several are read as one, from the folder that holds them all."""
    if not downloads:
        return []
    together = Path(os.path.commonpath(downloads)) if len(downloads) > 1 else downloads[0]
    one = _police(together, _named(folder, str(together)))
    if one.layer or len(downloads) == 1:
        return [one]
    return [_police(each, _named(folder, str(each))) for each in downloads]


def _police(path: Path, name: str) -> Placed:
    try:
        files = read_street_files(path, ReadReport("incidents"))
    except GeoError as error:
        return Placed(name, "", error.problem.replace(str(path), name))
    return Placed(name, "incidents", f"a police.uk download of {counted(len(files), 'street file')}")


def _named(folder: Path, spec: str) -> str:
    """Return a file as seen from the folder, with its table where it is a database."""
    file, mark, table = spec.partition("::")
    return Path(file).relative_to(folder).as_posix() + mark + table


def _specs(file: Path) -> list[str]:
    """Return a file as readers take it: of a database each of its tables."""
    try:
        tables = tables_of(file)
    except GeoError:
        tables = []
    return [f"{file}::{table}" for table in tables] or [str(file)]


def _scores(spec: str) -> tuple[dict[str, list[str]], str]:
    """Return {layer: its columns that the headings of a file mean}, for layers of which it has what they need, and why
    it cannot be read at all, empty if it can.

    A table with codes of areas may be one of the Census, whose headings are the groups: it is tried last as such.
    """
    found: dict[str, list[str]] = {}
    refused = ""
    data = b""
    try:
        if address_of(spec) is None:
            data = _beginning(Path(spec))
        table: Table | None = None
        for name in registry.names():
            layer = registry.layer(name)
            asked, report = Asked(layer), ReadReport(name)
            if table is None or table.shapes is None:  # the headings of a map are the same for every layer
                table = (
                    read_bytes_as_table(data, Path(spec), None, asked, report)
                    if data
                    else read_table(spec, asked, report)
                )
            kinds = set() if table.shapes is None else set(table.shapes.geom_type.astype(str))
            shapes = {kind.removeprefix("Multi") for kind in kinds}
            found_here = [one for one in table.columns.column_names if one != "row"]
            columns = found_here if table.shapes is None else list(match_columns(layer, table.headings))
            # notes of a workshop are points, lines and areas
            fits = {
                "wards": "Polygon" in shapes,
                "streets": shapes == {"LineString"},
                "workshop_notes": "feeling" in columns,
                "focal_points": "LineString" not in shapes,
                "incidents": not shapes & {"Polygon", "LineString"} and bool(_WHEN & set(columns)),
            }
            if fits.get(name, not shapes & {"Polygon", "LineString"}) and set(layer.required) <= set(columns):
                found[name] = columns
    except GeoError as error:
        refused = error.problem
    if _AREA_CODE.search(data[:_ENOUGH]) and "communities" not in found and not found.keys() & {"wards", "streets"}:
        found["communities"] = []
        refused = ""
    return found, refused


def _most(scores: Mapping[str, list[str]]) -> str:
    """Return the layer of which a file has most columns, empty where it has none."""
    return max(scores, key=lambda name: len(scores[name]), default="")


def _beginning(path: Path) -> bytes:
    """Return the bytes of a file, of a long table of text only so many of its rows as tell what it is."""
    data = decompressed(read_bytes(path), path.name)
    if len(data) <= _ENOUGH or kind_of(data[:4096]) != "text" or data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data
    return data[:_ENOUGH].rpartition(b"\n")[0]


def _wards(folder: Path, specs: list[str]) -> tuple[list[Placed], registry.Context, list[str]]:
    """Return which files are the wards: those of the newest year; small areas only where there is nothing else."""
    read: dict[str, tuple[Any, int]] = {}
    placed: list[Placed] = []
    for spec in specs:
        try:
            frame, report = registry.read("wards", spec)
        except GeoError as error:
            placed.append(Placed(_named(folder, spec), "", _refusal("wards", error, spec)))
            continue
        heading = next(iter(report.headings.values()), {}).get("ward_code", "")
        year = re.fullmatch(r"(?i)wd(\d\d)cd", heading) or re.search(r"(?<!\d)20(\d\d)(?!\d)", Path(spec).name)
        real = frame["ward_code"].astype(str).str.match(_REAL_WARD).mean() > 0.5
        small = frame["ward_code"].astype(str).str.match(r"[EW]0[12]\d{6}$").mean() > 0.5
        read[spec] = frame, -1 if small else 0 if not real else 100 + int(year[1]) if year else 100
    best = max((rank for _, rank in read.values()), default=-1)
    chosen = [spec for spec, (_, rank) in read.items() if rank == best]
    for spec, (frame, rank) in read.items():
        file = _named(folder, spec)
        if rank == 0 < best:
            continue  # polygons of something else: it is tried as that
        if spec in chosen:
            told = f" of 20{rank - 100}" if rank > 100 else ""
            placed.append(Placed(file, "wards", f"boundaries of {counted(len(frame), 'ward')}{told}"))
        else:
            why = "small areas, not wards" if rank < 0 else "wards of another year than those taken"
            placed.append(Placed(file, "", why))
    if not chosen:
        return placed, registry.Context(), []
    try:
        frame, _ = registry.read("wards", chosen)
    except GeoError as error:  # the same year twice, and not the same
        why = f"one of {len(chosen)} files of wards that do not go together: choose one ({error.problem})"
        names = {_named(folder, spec) for spec in chosen}
        return [one._replace(layer="", why=why) if one.file in names else one for one in placed], registry.Context(), []
    districts = sorted({str(one) for one in frame["district_name"].dropna()})
    return placed, registry.Context(metric_crs=frame.crs, layers={"wards": frame}), districts


def _lookup(folder: Path, specs: list[str], context: registry.Context) -> tuple[list[Placed], registry.Context]:
    """Return which file leads from census areas to the wards: the one that knows most of them."""
    read: dict[str, tuple[Any, int]] = {}
    wards = set(context.layers["wards"]["ward_code"]) if "wards" in context.layers else set()
    for spec in specs:
        with contextlib.suppress(GeoError):  # another table with two columns of codes: it is tried as that
            found, _ = registry.read("lookup", spec, context)
            read[spec] = found, len(wards & set(found.table["ward_code"]))
    most = max((known for _, known in read.values()), default=0)
    best = [spec for spec, (_, known) in read.items() if known == most]
    placed = []
    for spec, (_, known) in read.items():
        told = f"from census areas to {known:,} of the {len(wards):,} wards"
        why = told if spec in best else f"a lookup that knows fewer of the wards than another ({told})"
        placed.append(Placed(_named(folder, spec), "lookup" if spec in best else "", why))
    return placed, context.having("lookup", read[best[0]][0]) if len(best) == 1 else context


def _place(
    spec: str, file: str, scores: dict[str, list[str]], refused: str, context: registry.Context
) -> tuple[Placed, Any]:
    """Return the layer whose reader takes a file and understands most of its headings, and what it read; none where two
    do as well."""
    read: dict[str, int] = {}
    frames: dict[str, Any] = {}
    unread: dict[str, dict[str, str]] = {}
    for name, columns in sorted(scores.items(), key=lambda one: -len(one[1])):
        if read and len(columns) < max(read.values()):
            break
        try:
            frames[name], report = registry.read(name, spec, context)
        except GeoError as error:
            refused = refused or _refusal(name, error, spec)
            continue
        if report.used:
            read[name] = len(columns)
            unread[name] = {near: heading for told in report.unread.values() for heading, near in told.items() if near}
    if len(read) > 1:
        return Placed(file, "", f"could be {' or '.join(sorted(read))}"), None
    if not read:
        return Placed(file, "", refused.replace(spec, file) or "its headings are those of no layer"), None
    name = next(iter(read))
    told = f"it has {listed(scores[name], 4)}" if scores[name] else "a table of groups by area, as the Census has them"
    return Placed(file, name, told, unread[name]), frames[name]


def _refusal(name: str, error: GeoError, spec: str) -> str:
    told = f"{error.problem} {error.hint or ''}".strip()
    return f"refused as {name}: {told.replace(spec, short_name(spec))}"


def _one_each(found: list[Placed]) -> list[Placed]:
    """Return the files with none placed where several would be one layer that has one file only, and no twins."""
    first: dict[tuple[str, str], str] = {}
    for one in found:
        if one.layer:
            first.setdefault((one.layer, str(Path(one.file).with_suffix(""))), one.file)
    for i, one in enumerate(found):
        twin = first.get((one.layer, str(Path(one.file).with_suffix(""))), one.file)
        if twin != one.file and "::" not in one.file:
            found[i] = one._replace(layer="", why=f"called as {Path(twin).name} is: the same in another format")
    names = [one.layer for one in found]
    return [
        Placed(one.file, "", f"one of {names.count(one.layer)} files that are {one.layer}: choose one")
        if one.layer and names.count(one.layer) > 1 and not registry.layer(one.layer).many
        else one
        for one in found
    ]


def project_text(found: Found) -> str:
    """Return a geo.toml with a line of reason above each layer, and what could not be placed as a comment."""
    layers: dict[str, list[Placed]] = {}
    for one in found.placed:
        if one.layer:
            layers.setdefault(one.layer, []).append(one)
    named = _quoted(found.districts[0] if found.districts else "Luton")
    among = f"the file has {listed(found.districts, 8)}; " if len(found.districts) > 1 else ""
    lines = [
        "# Written by geo init: every line may be changed. geo check says whether the files can be used.",
        "[project]",
        f"# area = {named}  # {among}a district or wards; without it all wards of the file",
        "",
        "[layers]",
    ]
    for name in registry.names():
        held = layers.get(name, [])
        lines += [f"# {_comment(f'{one.file}: {one.why}')}" for one in held]
        files: Any = [one.file for one in held]
        if held:
            lines.append(f"{name} = {_quoted(files[0] if len(files) == 1 else files)}")
    for one in found.placed:
        if one.layer and one.likely:
            lines += ["", f"# {_comment(one.file)}: not read, and likely; take the marks away if it is so"]
            lines += [f"# [columns.{one.layer}]"]
            lines += [f"# {column} = {_quoted(heading)}" for column, heading in one.likely.items()]
    lines += [""] if any(not one.layer for one in found.placed) else []
    lines += [f"# not placed: {_comment(f'{one.file}: {one.why}')}" for one in found.placed if not one.layer]
    return "\n".join(lines) + "\n"


def write_project(folder: Path, text: str, *, overwrite: bool) -> Path:
    """Write geo.toml into the folder, whole or not at all; GeoError where there is one and it may not be replaced."""
    from layers.writing.commit import staged

    with staged(folder, [FILE_NAME], overwrite=overwrite) as stage:
        (stage / FILE_NAME).write_text(text, encoding="utf-8")
    return folder / FILE_NAME


def _quoted(value: Any) -> str:
    """Return a text, or a list of them, as TOML writes it: JSON does, but for the one letter that TOML forbids."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    """Return a text as one line of printable characters, as a comment must be."""
    return "".join(mark if mark.isprintable() else " " for mark in text)
