"""Wards: boundary files of any ONS vintage, or any polygons with a code and a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from geo.crs import choose_metric_crs, require_scale, to_metric
from geo.errors import GeoError, counted, listed
from layers.databases.address import short_name
from layers.databases.read import read_features
from layers.libraries import gpd, np, pd, pyproj, shapely
from layers.reading.layer import Column, Layer, header_key
from layers.reading.records import numbers
from layers.reading.report import FileRead, ReadReport, Row
from layers.reading.vector import VectorFile, areas_in_zip, find_vector_files, read_vector, split_layer

# areas that a force may work by, in place of wards
_OTHER_AREAS = "(?:beat|ed|division|electoral division|neighbourhood|npt|sector)"
WARDS = Layer(
    "wards",
    (
        Column(
            "ward_code",
            "code of the ward",
            "area code, gss code, wardcode, code, cod ward",
            rf"wd\d\d ?cd|{_OTHER_AREAS}(?: ?code| ?cd| id| no| ref)",
            kind="code",
            required=True,
            shown="public",
        ),
        Column(
            "ward_name",
            "name of the ward",
            "area name, ward, wardname, name, enw ward",
            rf"wd\d\d ?nm|{_OTHER_AREAS}(?: ?name| ?nm)?",
            shown="public",
        ),
        Column(
            "district_code",
            "code of the district",
            "lad code, la code",
            r"(lad|ltla)\d\d ?cd",
            kind="code",
            shown="public",
        ),
        Column(
            "district_name",
            "name of the district",
            "lad name, la name, district, borough",
            r"(lad|ltla)\d\d ?nm",
            shown="public",
        ),
        Column("population", "residents", "residents, pop, total residents", kind="people", shown="public"),
        Column("households", "households", kind="people", shown="public"),
    ),
    title="boundaries of wards",
    used_by=("hotspots", "engagement", "plan", "check", "page", "log", "workshop"),
    many=True,
    shape="public",
)
_COUNTS = ("population", "households")
_SMALL_AREA = r"[EW]0[12]\d{6}$"
_CODE = r"[EWSN]\d{8}"
# the ONS portal hands out at most this many features a page; a file of exactly so many is one page of several
_PAGE_SIZES = (1_000, 2_000)
# two files may generalise one boundary differently: the area they share, of the area either covers
_SAME_WARD = 0.9
# of the areas of two parts of a ward, so much may overlap where their common border is drawn twice
_OVERLAP = 0.02
# how headings of names end, in English, Spanish, French, Italian, Portuguese, German and Dutch
_NAMES = ("nm", "name", "nombre", "nom", "nome", "naam", "bezeichnung")
# what GDAL adds to every KML
_KML_OWN = {
    "tessellate",
    "extrude",
    "visibility",
    "draworder",
    "id",
    "begin",
    "end",
    "timestamp",
    "icon",
    "altitudemode",
}
_ONS = (
    "Boundaries: Office for National Statistics licensed under the Open Government Licence v3.0.",
    "Contains OS data © Crown copyright and database right.",
)


def read_wards(
    paths: str | Path | Sequence[str | Path],
    *,
    crs: str | None = None,
    metric_crs: str | pyproj.CRS | None = None,
    columns: Mapping[str, str] | None = None,
) -> tuple[gpd.GeoDataFrame, ReadReport]:
    """Return the wards of one or several files (or folders of files), sorted by code, and a report.

    ``paths``: GeoJSON, GeoPackage, Shapefile (also zipped), GeoParquet or TopoJSON, each also gzipped; ``FILE::LAYER``
    picks a layer. ``crs``: the coordinate system of files that do not say. ``metric_crs``: the plane to measure on, by
    default the one of the country the wards lie in. ``columns``: {canonical name: header}.

    Columns returned: ``ward_code``, ``ward_name``, ``district_code`` and ``district_name`` (None where the vintage has
    none), ``population`` and ``households`` (if given), ``geometry`` (polygons in ``metric_crs``). Invalid polygons are
    repaired and named; parts of one ward are joined; features that are no polygons are set aside. Without codes the
    name is the code, with its district where two wards are called alike. Raises GeoError for files that cannot
    be read, two different boundaries under one code, or no ward at all.
    """
    report = ReadReport("wards")
    given = [paths] if isinstance(paths, str | Path) else list(paths)
    parts: list[gpd.GeoDataFrame] = []
    for one in given:
        for part in _read_files(one, crs, columns, report):
            metric_crs = metric_crs or choose_metric_crs(part)  # once, for all files
            require_scale(part, metric_crs)
            parts.append(to_metric(part, metric_crs))
    _report_vintages([(part["file"].iloc[0], part["vintage"].iloc[0]) for part in parts if len(part)], report)
    wards = pd.concat(parts, ignore_index=True)
    wards = _drop_repeats(_keep_polygons(wards, report), report)
    wards = wards.sort_values("ward_code", ignore_index=True).drop(columns=["file", "row", "vintage"])
    report.used = len(wards)
    return wards, report.check()


def _read_files(
    given: str | Path, crs: str | None, columns: Mapping[str, str] | None, report: ReadReport
) -> Iterator[gpd.GeoDataFrame]:
    """Yield the wards of a file, of each file of a folder, or of a table of a database."""
    held = read_features(given, crs=crs, option="--wards-crs")
    if held is not None:
        yield _read_file(held, Path(short_name(held.file.path)), columns, report)
        return
    path, layer = split_layer(given)
    for file in find_vector_files(path):
        areas: list[tuple[Path, bytes | None]] = [(file / name, data) for name, data in areas_in_zip(file)]
        for one, data in areas or [(file, None)]:
            held = read_vector(one, layer=layer, crs=crs, option="--wards-crs", data=data)
            yield _read_file(held, one, columns, report)


def _read_file(held: VectorFile, path: Path, columns: Mapping[str, str] | None, report: ReadReport) -> gpd.GeoDataFrame:
    features, file, choices = held
    features = _named_by_file(features, path, choices)
    report.files.append(file)
    report.choices += choices
    if len(features) in _PAGE_SIZES:
        report.warnings.append(
            f"{path.name}: exactly {len(features):,} features, which is one page of the ONS portal: it looks cut off."
        )
    found = report.headings[path.name] = _match(features, file, columns)
    codes = _codes(features, found, path.name, report.choices)
    return gpd.GeoDataFrame(
        {
            "ward_code": codes,
            "ward_name": features[found["ward_name"]].astype("string").str.strip(),
            "district_code": _text_or_none(features, found.get("district_code")),
            "district_name": _text_or_none(features, found.get("district_name")),
            **{name: numbers(features[found[name]])[0] for name in _COUNTS if name in found},
            "file": path.name,
            "row": range(1, len(features) + 1),
            "vintage": f"20{year.group(1)}" if (year := re.match(r"(?i)wd(\d\d)cd", found["ward_code"])) else "",
        },
        geometry=features.geometry.force_2d(),
        crs=features.crs,
    )


def _named_by_file(features: gpd.GeoDataFrame, path: Path, choices: list[str]) -> gpd.GeoDataFrame:
    """Return the features of a file of one area without a name, named as the file is: police.uk's neighbourhoods."""
    if len(features) != 1:
        return features
    headers = [name for name in features.columns if name != features.geometry.name]
    told = [name for name in headers if features[name].notna().any() and header_key(str(name)) not in _KML_OWN]
    told = [name for name in told if (features[name].astype("string").str.strip() != "").any()]
    if told:
        return features
    choices.append(f"{path.name}: no name in it; the area is called {path.stem}, as the file is.")
    return features.assign(ward_code=path.stem.split(".")[0], ward_name=path.stem.split(".")[0])


def _match(features: gpd.GeoDataFrame, file: FileRead, mapping: Mapping[str, str] | None) -> dict[str, str]:
    """Return {canonical name: column of the file}; a code is also known by its look, a missing one is the name."""
    headers = [name for name in features.columns if name != features.geometry.name]
    # a column of a later vintage may be there but empty, where files of several years were joined
    headers = [name for name in headers if features[name].notna().any()]
    found = WARDS.match(headers, mapping)
    if "ward_code" not in (mapping or {}):
        _code_by_value(features, headers, found)
    if "ward_code" not in found:
        coded = [name for name in headers if name not in found.values() and _looks_like_codes(features[name])]
        if coded:
            found["ward_code"] = coded[0]
    if "ward_name" not in found and "ward_code" in found:
        named = [name for name in headers if header_key(name).endswith(_NAMES) and name not in found.values()]
        found["ward_name"] = named[0] if named else found["ward_code"]
    if "ward_name" in found and "ward_name" not in (mapping or {}):
        _name_by_value(features, headers, found)
    if "ward_code" not in found and "ward_name" in found:
        found["ward_code"] = found["ward_name"]
    if "ward_code" not in found:
        raise GeoError(
            f"{file.path}: no column with ward codes or names.",
            f"Found: {listed(headers, 20) or 'no columns'}. Name them under [columns.wards] in geo.toml.",
        )
    return found


def _code_by_value(features: gpd.GeoDataFrame, headers: Sequence[str], found: dict[str, str]) -> None:
    """Take another column for the code where the one with its heading says something else: Boundary-Line's AREA_CODE
    is the kind of area, the same in every row, and CODE the code.
    """
    now = found.get("ward_code")
    if now is None or _looks_like_codes(features[now]):
        return
    others = [name for name in headers if name != now and _looks_like_codes(features[name])]
    distinct = [name for name in others if features[name].nunique() == len(features)] or others
    if distinct:
        found["ward_code"] = distinct[0]
    elif features[now].nunique() == 1 and len(features) > 1:
        del found["ward_code"]


def _name_by_value(features: gpd.GeoDataFrame, headers: Sequence[str], found: dict[str, str]) -> None:
    """Take another column of names where the one with its heading names groups of areas: SECTOR beside NOMBRE."""
    if features[found["ward_name"]].nunique() == len(features):
        return
    free = [name for name in headers if name not in found.values() and header_key(name).endswith(_NAMES)]
    distinct = [name for name in free if features[name].nunique() == len(features)]
    if distinct and not _looks_like_codes(features[distinct[0]]):
        found["ward_name"] = distinct[0]


def _looks_like_codes(values: pd.Series) -> bool:
    text = values.dropna().astype("string")
    return bool(len(text)) and float(text.str.fullmatch(_CODE).mean()) > 0.95


def _codes(features: gpd.GeoDataFrame, found: Mapping[str, str], label: str, choices: list[str]) -> pd.Series:
    """Return the codes of the wards; without any, their names, told apart by the district where two are alike."""
    codes = features[found["ward_code"]].astype("string").str.strip()
    codes = codes.mask(codes.str.fullmatch(f"(?i){_CODE}").fillna(False).astype(bool), codes.str.upper())
    district = next((found[name] for name in ("district_name", "district_code") if name in found), None)
    if found["ward_code"] != found["ward_name"] or district is None or not codes.dropna().duplicated().any():
        return codes
    twice = codes.duplicated(keep=False) & codes.notna()
    longer = codes + ", " + features[district].astype("string").str.strip()
    choices.append(f"{label}: wards of one name are told apart by {district} ({listed(list(longer[twice]), 4)}).")
    return codes.mask(twice & longer.notna(), longer)


def _text_or_none(features: gpd.GeoDataFrame, column: str | None) -> pd.Series:
    if column is None:
        return pd.Series(None, index=features.index, dtype="string")
    return features[column].astype("string").str.strip().replace("", None)


def _keep_polygons(wards: gpd.GeoDataFrame, report: ReadReport) -> gpd.GeoDataFrame:
    """Return the wards with valid polygons; everything else is set aside or repaired, and said."""
    wards = wards.set_geometry(_only_polygons(wards.geometry, wards["ward_code"], report))
    wards = wards.set_geometry(_repaired(wards.geometry, wards["ward_code"], report))
    polygon = wards.geom_type.isin(["Polygon", "MultiPolygon"]) & ~wards.is_empty
    named = wards["ward_code"].notna() & (wards["ward_code"] != "")
    report.put_aside("not a polygon", _rows(wards[~polygon], wards[~polygon].geom_type), fault=True)
    report.put_aside("no ward code", _rows(wards[polygon & ~named]), fault=True)
    lost = wards[~polygon | ~named]
    if len(lost) and (polygon & named).any():
        shown = [
            f"{code} ({name})"
            for code, name in zip(lost["ward_code"].fillna("no code"), lost["ward_name"].fillna("no name"), strict=True)
        ]
        report.warnings.append(
            f"{counted(len(lost), 'ward')} of {len(wards):,} LOST, because it is no polygon or has no code: "
            f"{listed(shown, 6)}. Incidents there lie outside the study area."
        )
    wards = wards[polygon & named].copy()
    if wards.empty:
        raise GeoError(
            f"{report.files[0].path}: no ward polygon in it ({counted(report.read, 'feature')} read).",
            "Is it a layer of points or lines? Boundaries are polygons.",
        )
    small = wards["ward_code"].str.match(_SMALL_AREA).fillna(False)
    if small.mean() > 0.5:
        report.warnings.append("The codes are those of census areas (LSOA, MSOA), not of wards; read as if they were.")
    return wards


def _only_polygons(shapes: gpd.GeoSeries, codes: pd.Series, report: ReadReport) -> gpd.GeoSeries:
    """Return the polygons of collections (a clip or a repair leaves lines and points beside them), and say of which."""
    mixed = (shapes.geom_type == "GeometryCollection").fillna(False)
    if not mixed.any():
        return shapes
    taken = []
    for shape in shapes[mixed]:
        parts = [one for one in shapely.get_parts(shape) if one.geom_type in ("Polygon", "MultiPolygon")]
        flat = [one for part in parts for one in shapely.get_parts(part)]
        taken.append(shapely.MultiPolygon(flat) if len(flat) > 1 else flat[0] if flat else shape)
    report.choices.append(
        f"{counted(int(mixed.sum()), 'ward')} drawn as a collection: its polygons are taken "
        f"({listed(list(codes[mixed].astype(str)))})."
    )
    return shapes.mask(mixed, gpd.GeoSeries(taken, index=shapes.index[mixed], crs=shapes.crs))


def _repaired(shapes: gpd.GeoSeries, codes: pd.Series, report: ReadReport) -> gpd.GeoSeries:
    """Return valid shapes, None for those with coordinates that are no numbers; what was changed is said."""
    finite = np.isfinite(shapes.bounds).all(axis=1)
    shapes = shapes.where(finite)
    broken = finite & ~shapes.is_valid
    if not broken.any():
        return shapes
    mended = shapes[broken].make_valid(method="structure", keep_collapsed=False)
    change = mended.area.sum() - shapes[broken].area.sum()
    report.choices.append(
        f"{counted(int(broken.sum()), 'invalid boundary', 'invalid boundaries')} repaired "
        f"({listed(list(codes[broken].astype(str)))}; area changed by {change:,.0f} m²)."
    )
    return gpd.GeoSeries(shapes.mask(broken, mended), crs=shapes.crs)


def _drop_repeats(wards: gpd.GeoDataFrame, report: ReadReport) -> gpd.GeoDataFrame:
    """Return each ward once, of the latest year: a ward that two files hold is set aside, two places are an error."""
    wards = wards.sort_values("vintage", ascending=False, kind="stable")
    wards = _joined_parts(wards, report)
    repeated = wards.duplicated("ward_code")
    if not repeated.any():
        return wards
    again = wards[repeated]
    first = wards[~repeated].set_index("ward_code").geometry
    first = gpd.GeoSeries(first.loc[again["ward_code"]].values, again.index, crs=wards.crs)
    shared = again.geometry.intersection(first).area / again.geometry.union(first).area
    if (shared < _SAME_WARD).any():
        other = again[shared < _SAME_WARD].iloc[0]
        named = wards.assign(ward_name=wards["ward_name"].fillna("no name"))
        first_name = named[~repeated].set_index("ward_code")["ward_name"][other["ward_code"]]
        if first_name != named["ward_name"][other.name]:
            raise GeoError(
                f"{other['file']}: the code {other['ward_code']} stands for two wards: {first_name} and "
                f"{named['ward_name'][other.name]}.",
                "One of them has the wrong code: correct it, or map the right column under [columns.wards].",
            )
        files = listed(list(dict.fromkeys(wards["file"][wards["ward_code"] == other["ward_code"]])))
        raise GeoError(
            f"{files}: ward {other['ward_code']} ({other['ward_name']}) has two different boundaries.",
            "Give the wards of one year only, each once.",
        )
    report.put_aside("the same ward again", _rows(again), fault=True)
    return wards[~repeated]


def _joined_parts(wards: gpd.GeoDataFrame, report: ReadReport) -> gpd.GeoDataFrame:
    """Return the wards with those drawn in several parts as one each: rows of one code and name that do not overlap.

    Raises GeoError for parts that lie apart and have no code: two wards may have one name.
    """
    again = wards[wards.duplicated("ward_code", keep=False)]
    joined: dict[int, shapely.Geometry] = {}
    parts: list[int] = []
    for code, group in again.groupby("ward_code"):
        whole = group.union_all()
        if group["ward_name"].nunique() > 1 or whole.area < (1 - _OVERLAP) * group.area.sum():
            continue
        if (group["ward_name"] == code).all() and whole.geom_type == "MultiPolygon":
            raise GeoError(
                f"{listed(list(group['file'].unique()))}: {counted(len(group), 'ward')} are called {code}, in "
                "different places, and nothing tells them apart.",
                "Add a column with their codes, or with the district of each.",
            )
        joined[group.index[0]] = whole
        parts += list(group.index[1:])
    if not joined:
        return wards
    names = [f"{wards['ward_name'][i]} ({wards['ward_code'][i]})" for i in joined]
    report.warnings.append(
        f"{counted(len(joined), 'ward')} drawn in several parts that do not overlap, each read as one: "
        f"{listed(names, 6)}."
    )
    report.put_aside("a further part of a ward, joined to it", len(parts))
    shapes = wards.geometry.copy()
    for i, whole in joined.items():
        shapes[i] = whole
    return wards.set_geometry(shapes).drop(index=parts)


def _rows(wards: gpd.GeoDataFrame, values: Sequence[str] | None = None) -> list[Row]:
    shown = wards["ward_code"].fillna("") if values is None else values
    return [Row(file, row, str(value)) for file, row, value in zip(wards["file"], wards["row"], shown, strict=True)]


def _report_vintages(vintages: Sequence[tuple[str, str]], report: ReadReport) -> None:
    """Report which year the boundaries are of, and the files of another; ``vintages``: file and year ("": unknown)."""
    files = Counter(year for _, year in vintages)
    files.pop("", None)
    if not files:
        return
    main = files.most_common(1)[0][0]
    report.choices.append(f"Ward boundaries of {main} (from the column names).")
    report.attribution += _ONS
    others = [
        f"{files[year]} of {len(vintages)} files are {year} wards ({listed(named, 6)})"
        for year in sorted(files)
        if year != main
        for named in [[file for file, one in vintages if one == year]]
    ]
    if others:
        report.warnings.append(
            f"{'; '.join(others)}; the rest are {main}. Boundaries and codes of different years differ."
        )
