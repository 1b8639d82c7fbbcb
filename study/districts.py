"""Hot spots of every district by itself: its own settings and its own test against chance, then one table and one map.

A district is a part (``study.parts``): a folder of its own, made by one of several processes, kept by a later run. What
a district gets is what ``geo hotspots --area`` gives it, but for a report that lies on the border of two: it is counted
in one.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from geo.errors import GeoError, counted, listed
from study.cache import key_of
from study.deliver import Made, Output, deliver, hotspot_output
from study.events import Listener
from study.parts import Part, kept_parts, made_from, record_of
from study.settings import HotspotSettings, PictureSettings, ReaderSettings, SettingError
from study.tables import Sheet

if TYPE_CHECKING:
    import geopandas as gpd

    from study.study import Incidents, Study

SUMMARY = ("districts.html", "districts.csv", "districts.xlsx", "districts.gpkg", "set_aside.csv", "districts_run.json")
HEADINGS = {
    "district_name": "District",
    "district_code": "Code",
    "wards": "Wards",
    "reports": "Reports",
    "hot_spots": "Hot spots",
    "beyond_chance": "Of them beyond chance",
    "in_hotspots": "Reports in hot spots",
    "share_in_hotspots": "Share of reports in hot spots",
    "covered_km2": "Ground of hot spots, km²",
    "area_km2": "Area, km²",
    "eps_m": "Reach, m",
    "min_incidents": "Least reports within reach",
    "null": "What chance means",
    "simulations": "Simulations",
}
_QUESTION = "Where do reports concentrate, district by district?"
_CAUTION = (
    "Every district is judged by itself, with settings of its own: numbers of hot spots do not rank districts. Counts "
    "are reports, and a district without any is unknown, not quiet."
)


class Districts(NamedTuple):
    """``files``: of the summary, its record last; ``made``, ``kept``: folders; ``results``: of the record."""

    files: list[Path]
    made: list[str]
    kept: list[str]
    results: dict[str, Any]


class _District(NamedTuple):
    """A district: ``name`` in words, its ``wards``; ``part``: what is made of it, None where nothing was reported."""

    code: str
    name: str
    wards: gpd.GeoDataFrame
    part: Part | None


def by_district(study: Study, out: PictureSettings) -> Districts:
    """Make or complete a folder for every district below ``out.out``, and the summary of all.

    Raises SettingError where the result is for readers outside or the engine is Dask's, and GeoError, before anything
    is written, for wards that name no district and where a folder holds what was made from other files or settings and
    may not be replaced.
    """
    if study.settings(ReaderSettings).profile != "internal":
        raise SettingError("by", "`by` district is for use inside the team.", "Make one district: --area NAME.")
    if study.settings(HotspotSettings).engine == "dask":
        raise SettingError("engine", "`engine` dask divides one area, and districts are small.", "Use grid.")
    folder = Path(out.out)
    asked = (out.png, out.pdf, out.docx, out.pptx)
    made_of = made_from(study, "hotspots")
    whole = key_of("districts", asked, made_of)
    summary = record_of(folder)
    if not out.fresh and summary.get("made_from") == whole:
        keys: dict[str, str] = summary["results"]["parts"]
        if all(record_of(folder / name).get("made_from") == key for name, key in keys.items()):
            return Districts([folder / name for name in SUMMARY], [], list(keys), summary["results"])
    districts = list(_districts(study, made_of))
    parts = [one.part for one in districts if one.part is not None]
    kept = kept_parts(folder, parts, out)
    _make(study, [part for part in parts if part.name not in kept], out)
    output = Output("hotspots", SUMMARY, partial(_summary, study, folder, districts), page=SUMMARY[0])
    # pictures are of each district's page
    done = deliver(study, output, replace(out, overwrite=True, png=False, pdf=False, docx=False, pptx=False), key=whole)
    return Districts(done.files, [part.name for part in parts if part.name not in kept], kept, done.record["results"])


# --- the districts ----------------------------------------------------------------------------------------------------


def _districts(study: Study, made_of: Any) -> Iterator[_District]:
    """Yield the districts with what was reported in each; every report and map point is looked up once for all."""
    wards = study.wards
    label = wards["district_code"].fillna(wards["district_name"])
    if label.isna().any():
        raise GeoError(
            f"--by district: {counted(int(label.isna().sum()), 'ward')} of {len(wards):,} name no district.",
            "Use wards with a column for it (LAD25CD, LAD25NM), or map it under [columns.wards] in geo.toml.",
        )
    found = study._incidents
    of_ward = dict(zip(wards["ward_code"], label, strict=True))
    points = _split(found.points, wards, of_ward)
    places = _split(found.report.map_points, wards, of_ward)
    activity = _split(found.activity, wards, of_ward)
    reports = _without_rows(study)
    for code, own in wards.groupby(label.to_numpy(), sort=True):
        name = str(own["district_name"].fillna(own["district_code"]).iloc[0])
        part = None
        if code in points:
            report = replace(reports[-1], map_points=places.get(code))
            held = found._replace(
                points=points[code],
                report=report,
                activity=activity.get(code, found.activity),
                elsewhere=found.elsewhere + len(found.points) - len(points[code]),
            )
            part = _part(study, str(code), name, own, held, [*reports[:-1], report], made_of)
        yield _District(str(code), name, own, part)


def _split(points: gpd.GeoDataFrame | None, wards: gpd.GeoDataFrame, of_ward: dict[str, Any]) -> dict[Any, Any]:
    """Return the points of each district, under its code; what lies in none is left out."""
    from geo.area import assign_wards

    if points is None or points.empty:
        return {}
    inside = assign_wards(points, wards)
    return {code: points.loc[rows] for code, rows in inside.groupby(inside["ward_code"].map(of_ward)).groups.items()}


def _without_rows(study: Study) -> list[Any]:
    """Return the reports of the readers without the rows at fault, that of the incidents last.

    Those rows lie in no district, and the summary lists them.
    """
    lean = [replace(one, set_aside=[replace(part, rows=()) for part in one.set_aside]) for one in study.said.reports]
    return sorted(lean, key=lambda one: one.layer == "incidents")


def _part(
    study: Study,
    code: str,
    name: str,
    wards: gpd.GeoDataFrame,
    found: Incidents,
    reports: list[Any],
    made_of: Any,
) -> Part:
    said = Listener()  # nobody watches what other processes do
    said.notes, said.warnings, said.reports = list(study.said.notes), list(study.said.warnings), reports
    own = study.within(code, name, wards, found)
    own.said = said
    return Part(re.sub(r"[^\w-]+", "-", code), own, hotspot_output(own), key_of("district", code, made_of))


# --- at once ----------------------------------------------------------------------------------------------------------


def _make(study: Study, parts: Sequence[Part], out: PictureSettings) -> None:
    """Make the parts, several at once; what one cannot do does not keep the others from being done."""
    from geo.hotspots.significance import cores

    workers = min(study.settings(HotspotSettings).workers or cores(), len(parts))
    told = partial(_deliver, out=replace(out, quiet=True, overwrite=True))
    faults: list[str] = []
    if workers < 2:
        for part in study.said.track(list(parts), "Districts"):
            faults += told(part.study, part.name, part.key)
    else:
        pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _end_with_parent)
        try:
            jobs = [pool.submit(told, part.study, part.name, part.key) for part in parts]
            for job in study.said.track(jobs, "Districts"):
                faults += job.result()
        except BrokenProcessPool:
            raise GeoError(
                "A process that was at work on a district was ended, perhaps for want of memory.",
                "Run again: finished districts are kept. With --workers 1 one is made at a time.",
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)
    if faults:
        raise GeoError(faults[0], f"{counted(len(faults), 'district')} could not be made; the others are kept.")


def _deliver(study: Study, name: str, key: str, out: PictureSettings) -> list[str]:
    """Write the folder of one district, and return what was wrong with it."""
    try:
        deliver(study, hotspot_output(study), replace(out, out=str(Path(out.out) / name)), key=key)
    except GeoError as error:
        return [f"{study.name}: {error.problem}"]
    return []


def _end_with_parent() -> None:
    """End this process when the one that started it has been killed: it would wait for work for ever."""
    parent = multiprocessing.parent_process()
    assert parent is not None

    def watch() -> None:
        wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


# --- the summary ------------------------------------------------------------------------------------------------------


def _summary(study: Study, folder: Path, districts: Sequence[_District]) -> Made:
    from layers.writing.workbook import write_workbook
    from layers.writing.write import write_csv, write_geopackage

    table = _table(folder, districts)
    some = set(table["district_code"][table["hot_spots"].fillna(0) > 0])
    ground, spots = _ground(districts, table), _hotspots(folder, [one for one in districts if one.code in some])
    silent = [one.name for one in districts if one.part is None]
    lead = [_headline(study, table)]
    if silent:
        lead.append(
            f"Nothing was reported in {listed(silent, 8)}: no report of this kind in these files lies there. That is "
            "unknown, not zero: are files of a force missing?"
        )
    outside = study._incidents.elsewhere + len(study.incidents) - int(table["reports"].sum())
    lead += [f"{counted(outside, 'report')} outside these districts."] if outside else []
    sheet = Sheet("districts", _QUESTION, lead[0], table, HEADINGS)
    faults = pd.concat([one.faults() for one in study.said.reports if one.layer == "incidents"])
    layers = {"districts": ground} | ({} if spots is None else {"hotspots": spots})
    results = {
        "sentences": lead,
        "districts": len(districts),
        "without_reports": silent,
        "reports": int(table["reports"].sum()),
        "hotspots": int(table["hot_spots"].sum()),
        "beyond_chance": int(table["beyond_chance"].sum()),
        "outside_the_area": outside,
        "parts": {one.part.name: one.part.key for one in districts if one.part is not None},
    }
    files = {
        "districts.html": _page(study, districts, lead, ground, sheet),
        "districts.csv": lambda path: write_csv(path, table),
        "districts.xlsx": lambda path: write_workbook(path, [sheet]),
        "districts.gpkg": lambda path: write_geopackage(path, layers, headings=HEADINGS),
        "set_aside.csv": lambda path: write_csv(path, faults),
    }
    return Made(files, lead[0], results, value=(table, lead))


def _headline(study: Study, table: pd.DataFrame) -> str:
    from study.pages import what, when

    firm, all_ = int(table["beyond_chance"].sum()), int(table["hot_spots"].sum())
    held = int((table["beyond_chance"] > 0).sum())
    return (
        f"{counted(firm, 'hot spot')} beyond chance in {held:,} of {counted(len(table), 'district')}, and "
        f"{all_ - firm:,} that could be chance, of {what(study)}, {when(study)}."
    )


def _table(folder: Path, districts: Sequence[_District]) -> pd.DataFrame:
    """Return a row a district, from the records of their runs; missing where nothing was reported."""
    rows = []
    for one in districts:
        row: dict[str, Any] = {"district_code": one.code, "district_name": one.name, "wards": len(one.wards)}
        if one.part is not None:
            record = record_of(folder / one.part.name)
            found = record["results"]
            settings = {held["name"]: held["value"] for held in record["parameters"]}
            row |= {
                "reports": found["incidents"],
                "hot_spots": found["hotspots"],
                "beyond_chance": found["hotspots"] - found["could_be_chance"],
                "in_hotspots": found["in_hotspots"],
                "share_in_hotspots": round(found["in_hotspots"] / found["incidents"], 4),
                "covered_km2": found["covered_km2"],
                "area_km2": found["area_km2"],
                **{name: settings.get(name) for name in ("eps_m", "min_incidents", "null", "simulations")},
            }
        rows.append(row)
    table = pd.DataFrame(rows, columns=list(HEADINGS))
    whole = ("wards", "reports", "hot_spots", "beyond_chance", "in_hotspots", "simulations")
    return table.astype(dict.fromkeys(whole, "Int64"))


def _ground(districts: Sequence[_District], table: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the table with the outline of each district."""
    import geopandas as gpd

    from geo.hotspots.outline import study_area

    shapes = [study_area(one.wards) for one in districts]
    return gpd.GeoDataFrame(table, geometry=shapes, crs=districts[0].wards.crs)


def _hotspots(folder: Path, districts: Sequence[_District]) -> gpd.GeoDataFrame | None:
    """Return the hot spots of all districts as one layer; None for no districts."""
    from layers.reading.vector import read_vector

    layers = []
    for one in districts:
        assert one.part is not None
        spots = read_vector(folder / one.part.name / "hotspots.gpkg", layer="hotspots")[0]
        spots.insert(0, "district_name", one.name)
        spots.insert(0, "district_code", one.code)
        layers.append(spots)
    return pd.concat(layers, ignore_index=True) if layers else None


def _link(text: str, folder: str) -> Any:
    from maps.markup import Html, tag

    return Html(tag("a", text, href=f"{folder}/hotspots.html"))


def _page(
    study: Study, districts: Sequence[_District], lead: Sequence[str], ground: gpd.GeoDataFrame, sheet: Sheet
) -> Any:
    """Return what writes the page: a map of the districts, and the table, each row leading to its district's page."""
    from maps.outcome import outcome_page, shaded
    from study.pages import about, what, when

    words = about(
        study,
        title=f"Hot spots of {what(study)} by district, {study.name}",
        headline=lead[0],
        period=when(study),
        source=study.project.settings.get("source") or study._incidents.report.source(),
    )
    known = ground[ground["reports"].notna()]
    drawn = [
        shaded(title, known, known[name].astype(int).to_numpy(), known["district_name"])
        for name, title in (
            ("beyond_chance", "Hot spots beyond chance, by district"),
            ("reports", "Reports, by district"),
        )
        if len(known)
    ]
    names = [one.name if one.part is None else _link(one.name, one.part.name) for one in districts]
    linked = sheet.table.assign(district_name=pd.Series(names, sheet.table.index, dtype=object))
    document = outcome_page(words, lead[1:], drawn, [sheet._replace(table=linked)], caution=_CAUTION)

    def write(path: Path) -> None:
        path.write_text(document, encoding="utf-8", newline="\n")

    return write
