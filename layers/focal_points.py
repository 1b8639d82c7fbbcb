"""Focal points: places where people meet, from a team's own list or from OpenStreetMap."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from geo.crs import GREAT_BRITAIN
from geo.errors import GeoError, counted, listed
from layers.databases.address import address_of
from layers.libraries import gpd, np, pd, pyproj
from layers.log.values import (
    community_values,
    empty_column,
    first_rows,
    made_ids,
    names_of,
    note_unread,
    repeated_ids,
)
from layers.reading.layer import Column, Layer
from layers.reading.names import name_key
from layers.reading.positions import AT_ZERO, POSITION_COLUMNS, Ground, locate
from layers.reading.records import Records, clean_text, dates, match_columns, numbers, read_records, set_aside, yes_no
from layers.reading.report import FileRead, ReadReport, Row
from layers.reading.shapes import FAR_AWAY, ground_faults, surface_points
from layers.reading.sniff import decompressed, is_folder, read_bytes, sha256
from layers.reading.vector import split_layer
from layers.reading.vocabulary import FOCAL_KIND, PARTNER_TYPE, word_key
from layers.walking import osm

# how a list of places calls them
_PLACE = "(?:place|venue|site|premises|business|charity|organi[sz]ation|practice|club|group|centre|library|school"
_PLACE += "|establishment|building|church|mosque|hall|shop|facility|asset)"
FOCAL_POINTS = Layer(
    "focal_points",
    (
        Column(
            "focal_point_id",
            "the list's own number",
            "@id, @oid, osm id, focal point, fp id, id, ref, reference, uid, urn",
            kind="code",
            shown="public",
        ),
        Column(
            "name",
            "what people call it",
            "title, place name, venue, venue name, premises, distinctive name, distname, community hub, library name, "
            "schname, establishmentname, stop, common name, name en, place, businessname",
            rf"{_PLACE} name|name of (?:the )?{_PLACE}",
            required=True,
            shown="public",
            card=True,
        ),
        Column(
            "kind",
            "what kind of place",
            "focal point type, category, classification, classifica, building theme, type, businesstype",
            rf"{_PLACE} type|type of (?:the )?{_PLACE}",
            kind="words",
            words=FOCAL_KIND,
            shown="public",
            card=True,
        ),
        Column(
            "communities",
            "who goes there; several",
            "communities served, community group, community groups",
            several=True,
            shown="public",
            card=True,
        ),
        Column(
            "stakeholder",
            "whom to speak to there, a pseudonym",
            "stakeholder ref, stakeholder id, key contact",
            shown="internal",
        ),
        Column(
            "spoc", "the police's single point of contact", "single point of contact, police contact", shown="internal"
        ),
        Column("spoc_role", "the role of that contact", "contact role, role of spoc", shown="partner"),
        Column(
            "strategy",
            "how contact is kept",
            "engagement strategy, plan, engagement plan, contact strategy",
            shown="internal",
        ),
        Column(
            "partner_type",
            "statutory, voluntary, private, community or none",
            "partner, sector",
            kind="words",
            words=PARTNER_TYPE,
            shown="public",
        ),
        Column(
            "meets_every_days",
            "days between meetings",
            "meets every, meeting frequency, frequency, cadence",
            kind="number",
            unit="days",
            shown="public",
        ),
        Column(
            "review_by",
            "when the plan is to be looked at again",
            "review date, next review, review",
            kind="day",
            shown="partner",
        ),
        Column(
            "service_times",
            "when people are there",
            "opening hours, opening times, opening time, hours",
            shown="public",
            card=True,
        ),
        Column(
            "public",
            "may be shown to the public",
            "is public, show to public, publish",
            kind="yes or no",
            shown="public",
        ),
        Column(
            "school_status",
            "open or closed, in the register of schools",
            "establishmentstatus (name), establishmentstatus name, establishment status, establishmentstatus, "
            "schstatus, school status",
        ),
        Column(
            "school_phase",
            "what makes a place a school",
            "phaseofeducation (name), phaseofeducation name, phaseofeducation, phase of education, school phase, phase",
        ),
        Column("place_status", "open or closed", "status, operational status, site status"),
        Column("religion", "of a place of worship", "faith"),
        Column("denomination", "of a place of worship"),
        Column("osm_type", "node, way or relation", "@type"),
        Column("other_tags", "OpenStreetMap tags in one text", "tags, all tags"),
        *(Column(tag, "an OpenStreetMap tag") for tag in osm.TAGS),
        Column("postcode", "a postcode, which is no position", "post code, postal code", personal=True),
        *(replace(one, also=f"{one.also}, location") if one.name == "geopoint" else one for one in POSITION_COLUMNS),
    ),
    title="places where people meet",
    used_by=("engagement", "plan", "page", "log"),
    many=True,
    shape="public",
)
# two lists seldom put one building's point further apart
_SAME_PLACE_M = 50.0
_READ_APART = ("name", "communities")
_TEXTS = (
    *(one.name for one in FOCAL_POINTS.columns if one.kind == "text" and one.shown != "nobody"),
    "denomination",
)
_NOT_OPEN = "a school that is closed, or not open yet"
_SHUT_PLACE = "a place that is closed, or not open yet"
_PHASES = r"(?i)primary|secondary|nursery|middle|16 plus|all.through|infant|junior"
_SHUT = r"^(?:permanently |temporarily )?(?:closed|shut)|^proposed|^planned|demolished|^not (?:yet )?open|^inactive"
_UNNAMED = {"unknown", "unnamed", "no name", "n a"}
_CADENCE = {
    "daily": 1,
    "weekly": 7,
    "fortnightly": 14,
    "every two weeks": 14,
    "monthly": 30,
    "every two months": 61,
    "bi monthly": 61,
    "bimonthly": 61,
    "quarterly": 91,
    "every six months": 182,
    "yearly": 365,
    "annually": 365,
}
_HINTS = {
    AT_ZERO: "Unknown positions are often exported as zero. Check the source.",
    FAR_AWAY: "Is the coordinate system right? Are two numbers swapped?",
    "one id, different focal points": "Give each its own id: engagements could mean either of them.",
    "no position": "Add easting and northing, or longitude and latitude.",
}


@dataclass(frozen=True)
class FocalFile:
    """One of several lists of places: ``kind``, a code of ``FOCAL_KIND``, says what each of its places is, whatever the
    list says itself; ``columns`` ({canonical name: header}) holds for this file alone.
    """

    path: str
    kind: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Return the path."""
        return self.path


def focal_file(given: str | Path | FocalFile) -> FocalFile:
    """Return a file as it is given on the command line: ``FILE``, or ``KIND=FILE`` as in ``school=schools.csv``.

    Raises GeoError for a kind that is not in the list; a file whose own name has such a sign in it is named as it is.
    """
    if isinstance(given, FocalFile):
        return replace(given, kind=_known_kind(given.kind, given.path) if given.kind else "")
    text = str(given)
    word, sign, path = text.partition("=")
    if not sign or not path or not re.fullmatch(r"[A-Za-z][A-Za-z _-]*", word) or os.path.lexists(text):
        return FocalFile(text)
    return FocalFile(path, _known_kind(word, path))


def _known_kind(word: str, path: str) -> str:
    code = FOCAL_KIND.code(word)
    if code is None:
        near = difflib.get_close_matches(word_key(word), list(FOCAL_KIND.keys), 1, 0.6)
        raise GeoError(
            f"{path}: {word!r} is no kind of focal point.",
            (f"Did you mean {near[0]}? " if near else "") + f"Kinds: {listed(sorted(FOCAL_KIND.codes), 40)}.",
        )
    return code


def read_focal_points(
    path: str | Path | FocalFile | Sequence[str | Path | FocalFile],
    *,
    metric_crs: str | pyproj.CRS = GREAT_BRITAIN,
    columns: Mapping[str, str] | None = None,
    encoding: str | None = None,
    crs: str | None = None,
    community_names: Mapping[str, str] | None = None,
    communities: pd.DataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return the focal points of one or several files as points in metres, sorted by id, and a report on every row.

    ``path``: a team's list as CSV, Excel, GeoPackage or GeoJSON; an export of OpenStreetMap (overpass-turbo, ogr); an
    answer of Overpass as JSON; the register of schools (GIAS), whose closed and proposed schools are set aside; or
    several of them, each as a path, ``KIND=FILE`` or ``FocalFile``. Buildings become a point on their surface.
    ``columns``: {canonical name: header}, for files without their own. ``crs``: the coordinate system of the numbers in
    a table, where their headings do not say. ``community_names``: {local word: Census name}, applied to ``communities``
    and announced, never guessed.

    Columns returned: ``focal_point_id`` (made from the positions, FP-0001 ..., when absent), ``name``, ``kind`` (a code
    of ``FOCAL_KIND`` or ``other:<word>``), ``public`` (bool; True for OpenStreetMap, else False unless the list says
    yes), ``geometry``; and, where a file has them, ``communities`` (joined by ``;``), ``stakeholder``, ``spoc``,
    ``spoc_role``, ``strategy``, ``partner_type``, ``meets_every_days`` (float), ``review_by`` (date),
    ``service_times``, ``religion``, ``denomination``, ``osm_tag``. A contact's name stays in ``spoc``: what may leave
    the building is decided where pages are made.

    Rows without a position, at 0, 0 or far from the ground of ``metric_crs`` are set aside; so is a place that stands
    there twice, also in two files, and every row of an id that means different places in one file. An id that two files
    give to different places is kept by the first; the other is called FILE:ID, which is announced. Raises GeoError
    where no usable place is left.
    """
    several = [path] if isinstance(path, str | Path | FocalFile) else list(path)
    report = ReadReport("focal points")
    groups = partial(community_values, report=report, names=community_names, known=names_of(communities))
    used: list[pd.DataFrame] = []
    for one in map(focal_file, several):
        places = _places(one, report, metric_crs, one.columns or columns, encoding, crs, groups)
        used.append(_without_those_before(places, used, report))
    together = used[0] if len(used) == 1 else _together(used)
    if together.empty:
        why = "; ".join(f"{part.count:,} {part.reason}" for part in report.set_aside) or "no rows"
        names = listed([str(focal_file(one)) for one in several], 3)
        raise GeoError(f"{names}: no usable focal point among {counted(report.read, 'row')} ({why}).", "Mend the rows.")
    report.used = len(together)
    _say_doubles(used, report)
    return _finish(together, report, metric_crs), report.check()


def _places(
    file: FocalFile,
    report: ReadReport,
    metric_crs: str | pyproj.CRS,
    columns: Mapping[str, str] | None,
    encoding: str | None,
    crs: str | None,
    groups: Callable[[pd.Series], pd.Series],
) -> pd.DataFrame:
    """Return the usable places of one file, with ``x``, ``y``, ``row`` and ``file``; every other row is set aside."""
    records = _read(file.path, report, metric_crs, columns, encoding)
    table, label = records.rows.reset_index(drop=True), records.label
    points, faults = _points(records, table, report, crs, metric_crs, file.path)
    faults = faults.mask(faults.isna(), ground_faults(points))
    shut = _not_open(table)
    faults = faults.mask(shut.notna(), shut)
    is_osm = _is_osm(table)
    places = _columns(table, label, report, groups, is_osm, file.kind)
    places = places.assign(x=points.x.to_numpy(), y=points.y.to_numpy())
    again, clash = repeated_ids(places.drop(columns="row"), "focal_point_id", faults.isna())
    faults = faults.mask(again, "the same focal point again").mask(clash, "one id, different focal points")
    set_aside(table, faults, report, label, hints=_HINTS, values=places["name"])
    if is_osm:
        report.attribution.append(osm.ATTRIBUTION)
        unplaced = places["focal_point_id"][faults.eq("no position").fillna(False)]
        osm.note_missing_positions([str(one) for one in unplaced.dropna()], report)
    return places[faults.isna()].assign(file=label)


def _without_those_before(places: pd.DataFrame, before: Sequence[pd.DataFrame], report: ReadReport) -> pd.DataFrame:
    """Return the places of a file without those that stand in a file before it, and with ids that no other place has.

    The same place is one of the same id and name at the same position; without an id of its own nothing tells.
    """
    if not before:
        return places
    known = pd.concat([one[["focal_point_id", "name", "x", "y"]] for one in before])
    known = known[known["focal_point_id"].notna()]
    keys = [*known.itertuples(index=False, name=None)]
    rows = [*places[["focal_point_id", "name", "x", "y"]].itertuples(index=False, name=None)]
    same = pd.Series([one in set(keys) for one in rows], index=places.index, dtype=bool)
    aside = [Row(str(one.file), int(one.row), str(one.name)) for one in places[same].itertuples()]
    report.put_aside("the same focal point in a file before", aside, fault=True)
    places = places[~same]
    taken = places["focal_point_id"].notna() & places["focal_point_id"].isin(set(known["focal_point_id"]))
    if taken.any():
        stem = str(places["file"].iloc[0]).partition(".")[0]
        renamed = places["focal_point_id"].where(~taken, stem + ":" + places["focal_point_id"].astype(str))
        first = places.loc[taken, "focal_point_id"].iloc[0]
        report.warnings.append(
            f"{places['file'].iloc[0]}: {counted(int(taken.sum()), 'id')} that another file gives to another place "
            f"(first: {first}); here read as {stem}:{first}. An engagement with {first} alone means the other file's."
        )
        places = places.assign(focal_point_id=renamed)
    return places


def _together(used: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the places of several files as one table; what a file does not have is None."""
    together = pd.concat([one for one in used if len(one)] or list(used[:1]), ignore_index=True)
    texts = [
        name for name in together if together[name].dtype == object or pd.api.types.is_string_dtype(together[name])
    ]
    return together.assign(
        **{name: together[name].astype(object).where(together[name].notna(), None) for name in texts}
    )


def _say_doubles(used: Sequence[pd.DataFrame], report: ReadReport) -> None:
    """Name places that two files hold under one name within a short walk: both stay, because nothing proves it."""
    for number, later in enumerate(used):
        for before in used[:number]:
            pairs = later.assign(key=later["name"].map(name_key)).merge(
                before.assign(key=before["name"].map(name_key)), on="key", suffixes=("", "_before")
            )
            near = np.hypot(pairs["x"] - pairs["x_before"], pairs["y"] - pairs["y_before"]) <= _SAME_PLACE_M
            names = sorted(set(pairs.loc[near & (pairs["name"] != "(no name)"), "name"]))
            if names:
                report.warnings.append(
                    f"{counted(len(names), 'place')} in both {before['file'].iloc[0]} and {later['file'].iloc[0]} "
                    f"({listed(names, 3)}): counted twice unless one is taken out."
                )


def _read(
    path: str | Path,
    report: ReadReport,
    metric_crs: str | pyproj.CRS,
    columns: Mapping[str, str] | None,
    encoding: str | None,
) -> Records:
    file, _ = split_layer(path)
    raw = b"" if is_folder(file) or address_of(path) is not None else read_bytes(file)
    data = decompressed(raw, file.name)
    if not osm.looks_like_overpass(data):
        return read_records(path, FOCAL_POINTS, report, columns=columns, encoding=encoding, metric_crs=metric_crs)
    found = osm.read_overpass(data, file.name, report)
    report.files.append(FileRead(str(file), sha256(raw), len(found.ids) + found.outlines))
    report.put_aside("points that only draw an outline", found.outlines)
    keys = sorted({key for tags in found.tags for key in tags})
    matched = match_columns(FOCAL_POINTS, keys, columns)
    rows = {
        name: clean_text(pd.Series([tags.get(key) for tags in found.tags], dtype=object))
        for name, key in matched.items()
        if name not in ("focal_point_id", "lon", "lat", "kind")
    }
    rows["focal_point_id"] = pd.Series(found.ids, dtype=object)
    table = pd.DataFrame({**rows, "row": np.arange(1, len(found.ids) + 1)})
    return Records(table, found.shapes.to_crs(metric_crs), file.name)


def _points(
    records: Records,
    table: pd.DataFrame,
    report: ReadReport,
    crs: str | None,
    metric_crs: str | pyproj.CRS,
    path: str,
) -> tuple[gpd.GeoSeries, pd.Series]:
    """Return a point for each row and the fault of those that have none."""
    if records.points is not None:
        points = surface_points(records.points, report)
        return points, pd.Series(pd.NA, index=table.index, dtype="string").mask(points.isna(), "no position")
    read = locate(table, Ground(records.label, crs, metric_crs, report.choices), ("geopoint", "grid_ref"))
    if read is not None:
        return read.points, read.faults
    raise GeoError(
        f"{path}: no position"
        + (", only postcodes." if "postcode" in table else " (lon and lat, easting and northing, or WKT)."),
        "Look the postcodes up in the ONS Postcode Directory and add their easting and northing."
        if "postcode" in table
        else "Rename the columns, or map them under [columns] in geo.toml.",
    )


def _not_open(table: pd.DataFrame) -> pd.Series:
    """Return why rows are left out that a list calls closed or only proposed; NA for the others.

    In the register of schools (GIAS) everything is that is not open; elsewhere a status may say something else.
    """
    reasons = pd.Series(pd.NA, index=table.index, dtype="string")
    status = table.get("school_status", empty_column(table.index)).astype("string").str.strip().str.casefold()
    reasons = reasons.mask(status.notna() & ~status.str.startswith("open").fillna(False).astype(bool), _NOT_OPEN)
    status = table.get("place_status", empty_column(table.index)).astype("string").str.strip().str.casefold()
    return reasons.mask(reasons.isna() & status.str.contains(_SHUT).fillna(False).astype(bool), _SHUT_PLACE)


def _is_osm(table: pd.DataFrame) -> bool:
    ids = table.get("focal_point_id", pd.Series(dtype=object)).astype("string")
    tagged = any(tag in table for tag in ("amenity", "shop", "leisure", "office", "other_tags", "healthcare"))
    return "osm_type" in table or tagged or bool(ids.str.fullmatch(r"(node|way|relation)/\d+").any())


def _columns(
    table: pd.DataFrame,
    label: str,
    report: ReadReport,
    groups: Callable[[pd.Series], pd.Series],
    is_osm: bool,
    kind: str = "",
) -> pd.DataFrame:
    """Return the canonical columns, ``row`` beside them; ``kind``: what the user says that all of them are."""
    if is_osm:
        table = _untagged(table)
    places = pd.DataFrame(
        {"focal_point_id": _ids(table), "name": _names(table, label, report, is_osm)}, index=table.index
    )
    if kind:
        table = table.drop(columns=["kind", "school_status", "school_phase"], errors="ignore").assign(kind=kind)
        report.choices.append(f"{label}: every place is read as {FOCAL_KIND.label(kind)}, as given.")
    places["kind"], places["osm_tag"] = _kinds(table, label, report, is_osm)
    if "communities" in table:
        places["communities"] = groups(table["communities"])
    places = places.assign(**{name: table[name] for name in _TEXTS if name in table and name not in _READ_APART})
    if "partner_type" in table:
        places["partner_type"] = PARTNER_TYPE.read(table["partner_type"], report)
    if "meets_every_days" in table:
        places["meets_every_days"] = _cadence(table, label, report)
    if "review_by" in table:
        places["review_by"], faults = dates(table["review_by"], "review_by", report)
        note_unread("review_by", faults.where(table["review_by"].notna()), table["row"], label, report)
    if "religion" in table or (is_osm and "building" in table):
        religion = table.get("religion", empty_column(table.index))
        building = table.get("building", empty_column(table.index))
        worship = places["kind"].eq("place_of_worship")
        named = [
            osm.religion_of_place(one, two if holy else None) if isinstance(one, str) or holy else None
            for one, two, holy in zip(religion, building, worship, strict=True)
        ]
        places["religion"] = pd.Series(named, index=table.index, dtype=object)
    said = yes_no(table["public"]) if "public" in table else pd.Series(pd.NA, index=table.index, dtype="boolean")
    places["public"] = said.fillna(is_osm).astype(bool)
    unsaid = int(said.isna().sum())
    if unsaid and not is_osm:
        report.choices.append(f"public: {counted(unsaid, 'place')} without a yes kept out of public pages.")
    places["row"] = table["row"]
    return places.drop(
        columns=[name for name in ("osm_tag", "communities") if name in places and places[name].isna().all()]
    )


def _untagged(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with tags out of the one text a converter may have packed them into."""
    if "other_tags" not in table:
        return table
    packed = [osm.unpacked_tags(text) for text in table["other_tags"]]
    table = table.copy()
    for name in ("name", *osm.TAGS, "religion", "denomination", "service_times"):
        inner = pd.Series([tags.get(name) for tags in packed], index=table.index, dtype=object)
        table[name] = table[name].where(table[name].notna(), inner) if name in table else inner
    return table


def _ids(table: pd.DataFrame) -> pd.Series:
    ids = table.get("focal_point_id", empty_column(table.index)).astype(object)
    if "osm_type" not in table:
        return ids
    typed = table["osm_type"].astype("string").str.casefold() + "/" + ids.astype("string")
    plain = ids.astype("string").str.fullmatch(r"\d+").fillna(False).astype(bool)
    return ids.mask(plain & typed.notna(), typed.astype(object))


def _names(table: pd.DataFrame, label: str, report: ReadReport, is_osm: bool) -> pd.Series:
    if "name" not in table and not is_osm:
        raise GeoError(
            f"{label}: no column 'name'.",
            "Rename the column that says what people call the place, or map it under [columns] in geo.toml.",
        )
    names = table.get("name", empty_column(table.index)).astype(object)
    unnamed = names.isna() | names.map(lambda one: isinstance(one, str) and word_key(one) in _UNNAMED)
    if unnamed.any():
        report.choices.append(f"name: {counted(int(unnamed.sum()), 'place')} without a name, shown as (no name).")
    return names.mask(unnamed, "(no name)")


def _kinds(table: pd.DataFrame, label: str, report: ReadReport, is_osm: bool) -> tuple[pd.Series, pd.Series]:
    """Return the kind of each place and the tag it comes from."""
    kinds = empty_column(table.index)
    tags = kinds.copy()
    if "kind" in table and not _are_element_types(table["kind"]):
        kinds = FOCAL_KIND.read(_kind_words(table["kind"], report), report)
    phase = table.get("school_phase", empty_column(table.index)).astype("string").str.contains(_PHASES).fillna(False)
    kinds = kinds.mask(kinds.isna() & (phase.astype(bool) | ("school_status" in table)), "school")
    if is_osm:
        present = [tag for tag in osm.TAGS if tag in table]
        found = [
            osm.kind_of_place(dict(zip(present, row, strict=True)))
            for row in table[present].where(table[present].notna(), "").itertuples(index=False)
        ]
        if "religion" in table and not present:  # a list of places of worship alone
            found = [
                ("place_of_worship", "religion=" + str(one)) if isinstance(one, str) else None
                for one in table["religion"]
            ]
        by_tag = pd.Series([one[0] if one else None for one in found], index=table.index, dtype=object)
        tags = pd.Series([one[1] if one else None for one in found], index=table.index, dtype=object)
        kinds = kinds.where(kinds.notna(), by_tag)
    blank = kinds.isna()
    if blank.any():
        report.warnings.append(
            f"{label}: kind is not said for {counted(int(blank.sum()), 'place')} "
            f"(first: row {first_rows(table['row'][blank], 1)}); read as other."
        )
    return kinds.mask(blank, "other"), tags


def _kind_words(text: pd.Series, report: ReadReport) -> pd.Series:
    """Return kinds, a phrase such as ``Local authority run library`` replaced by the last kind named in it; said."""
    read: dict[str, str] = {}
    for phrase in sorted({one for one in text if isinstance(one, str) and FOCAL_KIND.code(one) is None}):
        words = word_key(phrase).split()
        spans = [(end, end - start) for start in range(len(words)) for end in range(start + 1, len(words) + 1)]
        named = [span for span in spans if FOCAL_KIND.code(" ".join(words[span[0] - span[1] : span[0]]))]
        if named:
            end, length = max(named)
            read[phrase] = str(FOCAL_KIND.code(" ".join(words[end - length : end])))
    rows = text.map(lambda one: one in read if isinstance(one, str) else False)
    if read:
        shown = listed([f"{one[:40]!r} as {kind}" for one, kind in sorted(read.items()) if kind != "other"], 4)
        report.choices.append(f"kind: {counted(int(rows.sum()), 'place')} read by a word in it ({shown}).")
    return text.map(lambda one: read.get(one, one) if isinstance(one, str) else None).astype(object)


def _are_element_types(values: pd.Series) -> bool:
    found = set(values.dropna().astype(str))
    return bool(found) and found <= {"node", "way", "relation", "Feature"}


def _cadence(table: pd.DataFrame, label: str, report: ReadReport) -> pd.Series:
    text = table["meets_every_days"]
    words = text.map(lambda one: _days_between(one) if isinstance(one, str) else None).astype(float)
    read, faults = numbers(text)
    if words.notna().any():
        said = sorted({str(one) for one in text[words.notna()]})
        report.choices.append(
            "meets_every_days: " + "; ".join(f"{one} read as {_days_between(one)} days" for one in said[:6]) + "."
        )
    faults = faults.mask(read == 0, "0 days")
    note_unread("meets_every_days", faults.where(words.isna()), table["row"], label, report)
    return read.where(read > 0).fillna(words)


def _days_between(text: str) -> int | None:
    """Return the days that ``monthly``, ``every 2 weeks``, ``once a month`` or ``every Tuesday`` mean."""
    words = word_key(text)
    if words in _CADENCE:
        return _CADENCE[words]
    if re.fullmatch(r"(?:weekly |once a week |every )?(?:on )?(?:mon|tue|wed|thur?|fri|sat|sun)[a-z]*", words):
        return 7
    every = re.fullmatch(
        r"(?:once )?(?:every|a|per|each) (?:(\d{1,3}|other|two|three|four|six) )?(day|week|month|year)s?", words
    )
    if every is None:
        return None
    number = {"other": 2, "two": 2, "three": 3, "four": 4, "six": 6}.get(every[1] or "", 0) or int(every[1] or 1)
    days = {"day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.0}[every[2]] * number
    return 30 if days == 30.4375 else round(days)


def _finish(used: pd.DataFrame, report: ReadReport, metric_crs: str | pyproj.CRS) -> gpd.GeoDataFrame:
    names = [name for name in used.columns if name not in ("row", "file", "x", "y", "focal_point_id")]
    used = used.sort_values(["x", "y", *(n for n in names if used[n].dtype == object)], ignore_index=True)
    missing = int(used["focal_point_id"].isna().sum())
    if missing:
        used["focal_point_id"] = made_ids(used["focal_point_id"], "FP")
        report.choices.append(
            f"focal_point_id: made for {counted(missing, 'place')} from their positions. "
            "Give the list its own ids before engagements refer to them."
        )
    geometry = gpd.points_from_xy(used["x"], used["y"])
    places = gpd.GeoDataFrame(used[["focal_point_id", *names]], geometry=geometry, crs=metric_crs)
    return places.sort_values("focal_point_id", ignore_index=True)
