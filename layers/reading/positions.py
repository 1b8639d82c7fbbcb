"""Columns of coordinates, or one column of positions in text, into points in metres, with the usual traps named."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from geo.crs import GREAT_BRITAIN, LONLAT
from geo.errors import GeoError, counted
from layers.libraries import NDArray, gpd, np, pd, pyproj, shapely
from layers.reading.layer import Column

_PLANE = r"(?:.* )?{0} ?co ?ord(?:inate)?s?|co ?ord(?:inate)?s? {0}"
_PLANE += r"|(?:(?:incident|crime|event|location|map|os|grid|geo|site) ?)+{0}"
_METRES = r"(?:(?:.* )?{0}ings?(?: m| osgr| bng| osgb)?"
_METRES += r"|(?:grid|os|osgb|osgr|ngr) ?(?:ref(?:erence)? )?(?:{0}(?:ing)?|{1}))"
# a heading that names both coordinates is of a column that holds both
_ALONE = r"(?!.*\b(?:lat|latitude)\b.*\bl(?:on|ng|ong|ongitude)\b|.*\bl(?:on|ng|ong|ongitude)\b.*\blat(?:itude)?\b"
_ALONE += r"|.*\beastings?\b.*\bnorthings?\b|.*\bnorthings?\b.*\beastings?\b)"
POSITION_COLUMNS = (
    Column(
        "lon",
        "longitude, degrees",
        "@lon, longitude, long, lng, longitud, langengrad, hydred",
        _ALONE
        + r"(?:(?:.*\b)?longitude(?: wgs ?84| dd| decimal)?|.* (?:lon|lng|long)|(?:lon|lng|long) (?:wgs ?84|dd|decimal)"
        + r")",
        kind="position",
    ),
    Column(
        "lat",
        "latitude, degrees",
        "@lat, latitude, latitud, breitengrad, lledred",
        _ALONE + r"(?:(?:.*\b)?latitude(?: wgs ?84| dd| decimal)?|.* lat|lat (?:wgs ?84|dd|decimal))",
        kind="position",
    ),
    Column(
        "easting",
        "easting, metres",
        "eastings, bng e, east, geox, osgr easting, location easting osgr, dwyreiniad",
        _ALONE + _METRES.format("east", "e"),
        kind="position",
    ),
    Column(
        "northing",
        "northing, metres",
        "northings, bng n, north, geoy, osgr northing, location northing osgr, gogleddiad",
        _ALONE + _METRES.format("north", "n"),
        kind="position",
    ),
    Column(
        "x",
        "x, in the file's own coordinate system",
        "x coord, point x, x coordinate",
        _PLANE.format("x"),
        kind="position",
    ),
    Column(
        "y",
        "y, in the file's own coordinate system",
        "y coord, point y, y coordinate",
        _PLANE.format("y"),
        kind="position",
    ),
    Column(
        "grid_ref",
        "a grid reference with letters, such as TL 084 214",
        "grid reference, os grid reference, os grid ref, ngr, national grid reference, osgr, gridref",
        kind="position",
    ),
    Column(
        "geopoint",
        "latitude and longitude in one cell, or a shape in text (WKT)",
        "gps, coordinates, position, geolocation, wkt, geometry, geom, the geom, wkt geom, point, shape, location 1, "
        "geo point, geo point 2d, xy, x y, coords, co ordinates, coordinate, map ref, map reference, latlng, latlon, "
        "latlong, geocode, easting northing, eastings northings",
        r"(?:.* )?(?:gps|location|incident|map|lat|latitude|lon|long|longitude|lng|easting|eastings)[ ,&]+(?:and )?"
        r"(?:co ?ordinates?|coords|point|lat|latitude|lon|long|longitude|lng|northing|northings)",
        kind="position",
    ),
)
AT_ZERO = "at 0, 0"
IMPOSSIBLE = "position outside what its coordinates can mean"
WEB_MERCATOR = "EPSG:3857"
_PAIRS = (("lon", "lat"), ("easting", "northing"), ("x", "y"))
# columns of text that may turn out to hold positions
_CELLS = ("geopoint", "grid_ref", "location_text")
_LAT_LON = (
    r"(?:[^()]*(?=\(\s*-?\d{1,3}\.\d))?\s*(?:C|POINT|GEO:)?\s*[(\[<]?\s*(-?\d{1,3}(?:\.\d+)?)°?\s*[,;/|\s]\s*(-?\d{1,3}(?:\.\d+)?)°?"
    r"(?:\s*[,;/|\s]\s*-?[\d.]+){0,2}\s*[)\]>]?\s*"
)
# 51.88N 0.43W, N51 52.9 W0 25.6, 51°52'51.1"N 0°25'36"W
_BEHIND = r"\s*([^NSEWO]*\d[^NSEWO]*[NS])[\s,;/]*([^NSEWO]*\d[^NSEWO]*[EWO])\s*"
_BEFORE = r"\s*([NS][^NSEWO]*\d[^NSEWO,;/]*)[\s,;/]*([EWO][^NSEWO]*\d[^NSEWO]*)\s*"
_COMPASS = f"(?:{_BEHIND}|{_BEFORE})"
_COMMAS = r"\s*-?\d{1,3},\d+\s*[;|\s]\s*-?\d{1,3},\d+\s*"
_EASTING_NORTHING = (
    r"\s*\(?\s*(?:E(?:ASTINGS?)?\W{0,2})?(\d{6}(?:\.\d+)?)\s*[,;/\s]?\s*(?:N(?:ORTHINGS?)?\W{0,2})?"
    r"(\d{6,7}(?:\.\d+)?)\s*\)?\s*"
)
# {"type": "Point", "coordinates": [lon, lat]}, and {'latitude': ..., 'longitude': ...} of Socrata
_JSON = r"(?s)\s*\{.*(?:COORDINATES|LAT|\bX\b).*\}\s*|.*\bLAT.{0,9}?-?\d.*\bL(?:ON|NG).{0,12}?-?\d.*"
_JSON += r"|.*\bL(?:ON|NG).{0,12}?-?\d.*\bLAT.{0,9}?-?\d.*"
_JSON_POINT = r"(?is)coordinates\W+?(-?[\d.]+)\s*,\s*(-?[\d.]+)"
_JSON_NAMED = r"(?is)\b{0}[a-z]*\W*?(-?\d+\.?\d*)"
_GRID = r"\s*([A-HJ-Z]{2})\s*(\d{2,5})\s+(\d{2,5})\s*|\s*([A-HJ-Z]{2})\s*((?:\d\d){2,5})\s*"
SHAPE_IN_TEXT = (
    r"(?i)\s*(?:SRID=\d+;)?(?:MULTI)?(?:POINT|LINESTRING|POLYGON)\s*(?:ZM|Z|M)?\s*\(.*|\s*01[0-9A-F]{18,}\s*"
)
_MARKS = str.maketrans({**dict.fromkeys("‐‑‒–—−", "-"), **dict.fromkeys("’`´", "'"), "\xa0": " ", "\u202f": " "})
_SEXAGESIMAL = (
    r"^(-?\d{1,3})\s*[°d:]\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:['′:m]\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|''|s)?)?)?\s*$"
)
# positions rounded to so many metres are said to be coarse; so many rows tell whether they are
_COARSE_M, _MANY_TO_TELL = 10.0, 10
# so many rows of another system are no slips of the pen: they are read as what they are
_MANY = 3


class Positions(NamedTuple):
    """``points``: in the metric system, to the millimetre, None where unusable; ``faults``: the reason, row by row;
    ``rounded_m``: the metres to which the positions as written are rounded, 0 where they are finer than 10 m.
    """

    points: gpd.GeoSeries
    faults: pd.Series
    rounded_m: float = 0.0


class Ground(NamedTuple):
    """What holds for all positions of one file: its name for messages, the coordinate system that the user says the
    numbers are in (None: as the headings and numbers tell), the plane to measure on, and where choices are noted.
    """

    label: str
    crs: str | None
    metric_crs: str | pyproj.CRS
    choices: list[str]


def position_pair(columns: Sequence[str]) -> tuple[str, str] | None:
    """Return which two of the canonical columns hold the position; None if the file has none."""
    return next((pair for pair in _PAIRS if pair[0] in columns and pair[1] in columns), None)


def locate(table: pd.DataFrame, ground: Ground, cells: Sequence[str] = _CELLS) -> Positions | None:
    """Return the points of a table, from whichever of its columns hold them; None where none does.

    Two columns of numbers; else one column (of ``cells``) of which most filled cells are "(lat, lon)", ``lat lon
    altitude accuracy``, a grid reference with letters (the middle of its square), or WKT or WKB (a point on the shape).
    """
    pairs = [pair for pair in _PAIRS if set(pair) <= set(table.columns)]
    pairs.sort(key=lambda pair: -_filled(table, pair))  # stable: of two as full the first
    if not pairs or not table[list(pairs[0])].notna().any(axis=None):
        for name in cells:
            if name not in table:
                continue
            text = table[name].astype("string")
            commas = text.str.fullmatch(_COMMAS).fillna(False).astype(bool)
            text = text.mask(commas, text.str.replace(",", ".", regex=False))
            for pattern, read in _IN_ONE_CELL.items():
                filled = text.dropna().drop_duplicates()
                if len(filled) and float(filled.str.upper().str.fullmatch(pattern).mean()) > 0.5:
                    return read(text, name, ground)
    return _of_pairs(table, pairs, ground) if pairs else None


def _filled(table: pd.DataFrame, pair: tuple[str, str]) -> int:
    """Return how many rows have something in both columns, zeros aside."""
    given = table[pair[0]].notna() & table[pair[1]].notna()
    zero = [_by_text(table[name], lambda text: text.str.strip().str.fullmatch(r"[+-]?0*\.?0*")) for name in pair]
    return int((given & ~(zero[0] & zero[1]).fillna(False)).sum())


def _of_pairs(table: pd.DataFrame, pairs: Sequence[tuple[str, str]], ground: Ground) -> Positions:
    """Read the pair of columns that is filled most; rows without it may have their position in the next."""
    read = _positions(table, pairs[0], ground)
    for pair in pairs[1:]:
        lost = read.faults.isin(["no position", AT_ZERO]).fillna(False).astype(bool) & (_filled(table, pair) > 0)
        if not lost.any() or not _filled(table[lost], pair):
            continue
        more = _positions(table[lost], pair, ground)
        found = more.faults.index[more.faults.isna()]
        points, faults = read.points.copy(), read.faults.copy()
        points[found], faults[found] = more.points[found], pd.NA
        ground.choices.append(
            f"{ground.label}: {counted(len(found), 'row')} without {pairs[0][0]} and {pairs[0][1]} placed by "
            f"{pair[0]} and {pair[1]}."
        )
        read = Positions(points, faults, 0.0)
    return read


def without_positions(text: pd.Series) -> pd.Series:
    """Return a column of words without the cells that hold a position, which is no name of a place."""
    forms = "|".join(f"(?:{pattern})" for pattern in _IN_ONE_CELL).replace("(?i)", "").replace("(?s)", "")

    def is_position(values: pd.Series) -> pd.Series:
        return values.str.upper().str.fullmatch(forms, flags=re.IGNORECASE | re.DOTALL).fillna(False).astype(bool)

    held = _by_text(text, is_position)
    return text.astype(object).mask(held, None) if held.any() else text


def read_positions(
    table: pd.DataFrame, pair: tuple[str, str], *, label: str, crs: str | None, metric_crs: str | pyproj.CRS
) -> Positions:
    """Return the points of two text columns. ``crs`` wins over what the columns are called.

    A row is at fault if a coordinate is missing, is no number, is masked, is exactly 0 or 1 in both, lies outside what
    its system can mean, or lies in the United Kingdom only with its two numbers swapped. Raises GeoError where whole
    columns are wrong: latitude and longitude swapped, degrees under an Easting header, metres under a Longitude header.
    """
    return _positions(table, pair, Ground(label, crs, metric_crs, []))


def snap_to_millimetres(points: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return points rounded to 1 mm, so that a distance of exactly eps is decided the same way everywhere."""
    return gpd.GeoSeries(gpd.points_from_xy(points.x.round(3), points.y.round(3)), index=points.index, crs=points.crs)


def _positions(table: pd.DataFrame, pair: tuple[str, str], ground: Ground) -> Positions:
    """Read two columns; degrees among metres, or metres among degrees, are read as what they are, and said."""
    first, second = _numbers(table, pair)
    empty = table[pair[0]].isna() | table[pair[1]].isna()
    faults = pd.Series(pd.NA, index=table.index, dtype="string")
    faults[empty] = "no position"
    faults[~empty & (first.isna() | second.isna())] = "position is not a number"
    default = ((first == 0) & (second == 0)) | ((first == 1) & (second == 1))
    faults[default] = AT_ZERO
    good = faults.isna().to_numpy()
    x, y = first.to_numpy(float)[good], second.to_numpy(float)[good]
    system = _system(pair, x, y, ground)
    if ground.crs is None and system == LONLAT and (turned := _swapped(x, y)).sum() >= _MANY:
        x, y = np.where(turned, y, x), np.where(turned, x, y)
        ground.choices.append(
            f"{ground.label}: {counted(int(turned.sum()), 'row')} of {len(x):,} hold latitude and longitude the other "
            "way round; each is read as what it is."
        )
    others = np.zeros(len(x), bool) if ground.crs is not None else _others(x, y, system)
    other = system
    if others.any():
        other = LONLAT if _in_degrees(x, y)[others].all() else _metres(x[others], y[others])
        ground.choices.append(
            f"{ground.label}: {counted(int(others.sum()), 'row')} of {len(x):,} hold {_called(other)} where the others "
            f"hold {_called(system)}; each is read as what it is."
        )
    outside = np.where(others, _outside(x, y, other), _outside(x, y, system))
    kept = np.flatnonzero(good)
    faults.iloc[kept[outside]] = IMPOSSIBLE
    points = np.full(len(table), None, object)
    for crs in dict.fromkeys((system, other)):
        here = ~outside & (others if crs == other and other != system else ~others | (other == system))
        if here.any():
            points[kept[here]] = _projected(x[here], y[here], crs, ground.metric_crs)
    rounded = 0.0 if other != system else _rounded_m(table, pair, x[~outside], y[~outside], system)
    return Positions(gpd.GeoSeries(points, index=table.index, crs=ground.metric_crs), faults, rounded)


def _rounded_m(table: pd.DataFrame, pair: tuple[str, str], x: np.ndarray, y: np.ndarray, system: str) -> float:
    """Return the metres to which positions are rounded: three decimals of a degree are 111 m; 0 if finer than 10 m."""
    if len(x) < _MANY_TO_TELL:
        return 0.0
    if system == LONLAT:
        decimals = max(_by_text(table[name], _decimals).quantile(0.95) for name in pair)
        metres = 111_320 * 10.0**-decimals
    else:
        metres = next((step for step in (10_000.0, 1_000.0, 100.0, 10.0) if _all_on(x, y, step)), 0.0)
    return metres if metres >= _COARSE_M else 0.0


def _decimals(text: pd.Series) -> pd.Series:
    """Return how many digits stand behind the decimal mark of each text."""
    return text.str.strip().str.extract(r"[.,](\d+)")[0].str.len().fillna(0).astype(float)


def _by_text(column: pd.Series, read: Callable[[pd.Series], pd.Series]) -> pd.Series:
    """Return what ``read`` makes of a column of text, each distinct text read once; of an empty cell, as of none."""
    number, texts = pd.factorize(column, use_na_sentinel=False)
    made = read(pd.Series(pd.array(texts, dtype="string")))
    return pd.Series(made.array.take(number), index=column.index)


def _all_on(x: np.ndarray, y: np.ndarray, step: float) -> bool:
    """Return whether numbers stand at whole steps, or all half way between two, as the middles of squares do."""
    off = np.concatenate((x, y)) % step
    return bool((off == 0).mean() >= 0.95 or (off == step / 2).mean() >= 0.95)


def _projected(x: np.ndarray, y: np.ndarray, system: str, metric_crs: str | pyproj.CRS) -> np.ndarray:
    """Return a point for each position; each place is projected once."""
    places, place = np.unique(np.column_stack((x, y)), axis=0, return_inverse=True)
    projected = gpd.GeoSeries(gpd.points_from_xy(places[:, 0], places[:, 1], crs=system)).to_crs(metric_crs)
    return np.asarray(snap_to_millimetres(projected).to_numpy()[place.ravel()])


def _lat_lon(text: pd.Series, name: str, ground: Ground) -> Positions:
    parts = text.str.upper().str.extract(f"^{_LAT_LON}$")
    first, second = (pd.to_numeric(parts[i]).to_numpy(float) for i in (0, 1))
    given = np.isfinite(first)
    # British positions tell the order by themselves: latitude 49 to 61, longitude -9 to 2.5
    turned = bool(given.any() and (_swapped(second, first) | (np.abs(first) > 90))[given].mean() > 0.5)
    lat, lon = (1, 0) if turned else (0, 1)
    order = "longitude and latitude" if turned else "latitude and longitude"
    ground.choices.append(f"{ground.label}: {name} holds {order} in one cell.")
    table = pd.DataFrame({"lat": parts[lat], "lon": parts[lon]}, index=text.index)
    read = _positions(table, ("lon", "lat"), ground)
    return read._replace(faults=read.faults.mask(text.notna() & parts[0].isna(), "position cannot be read"))


def _grid_references(text: pd.Series, name: str, ground: Ground) -> Positions:
    parts = text.str.upper().str.extract(f"^(?:{_GRID})$")
    joined = parts[4].fillna("")
    half = joined.str.len() // 2
    east = parts[1].fillna(pd.Series([d[:n] for d, n in zip(joined, half, strict=True)], index=text.index))
    north = parts[2].fillna(pd.Series([d[n:] for d, n in zip(joined, half, strict=True)], index=text.index))
    letters = parts[0].fillna(parts[3])
    known = (letters.notna() & (east.str.len() == north.str.len())).fillna(False).astype(bool)
    size = (10.0 ** (5 - east.str.len().astype(float))).where(known)
    corners = [_square_of(one) if isinstance(one, str) else (np.nan, np.nan) for one in letters]
    x = pd.to_numeric(east.where(known)).astype(float) * size + size / 2 + [corner[0] for corner in corners]
    y = pd.to_numeric(north.where(known)).astype(float) * size + size / 2 + [corner[1] for corner in corners]
    ground.choices.append(
        f"{ground.label}: {name} holds grid references of {size.max():,.0f} m, each placed in the middle of its square."
    )
    table = pd.DataFrame({"easting": x.astype("string"), "northing": y.astype("string")})
    read = _positions(table, ("easting", "northing"), ground._replace(crs=GREAT_BRITAIN))
    return read._replace(faults=read.faults.mask(text.notna() & ~known, "position cannot be read"))


def _pairs_of_metres(text: pd.Series, name: str, ground: Ground) -> Positions:
    parts = text.str.upper().str.extract(f"^{_EASTING_NORTHING}$")
    ground.choices.append(f"{ground.label}: {name} holds easting and northing in one cell.")
    table = pd.DataFrame({"easting": parts[0], "northing": parts[1]}, index=text.index)
    read = _positions(table, ("easting", "northing"), ground)
    return read._replace(faults=read.faults.mask(text.notna() & parts[0].isna(), "position cannot be read"))


def _compass(text: pd.Series, name: str, ground: Ground) -> Positions:
    parts = text.str.upper().str.extract(f"^{_COMPASS}$")
    ground.choices.append(f"{ground.label}: {name} holds latitude and longitude in one cell, by N, S, E and W.")
    table = pd.DataFrame({"lat": parts[0].fillna(parts[2]), "lon": parts[1].fillna(parts[3])}, index=text.index)
    read = _positions(table, ("lon", "lat"), ground)
    return read._replace(faults=read.faults.mask(text.notna() & table["lat"].isna(), "position cannot be read"))


def _json_points(text: pd.Series, name: str, ground: Ground) -> Positions:
    point = text.str.extract(_JSON_POINT)
    lat, lon = (text.str.extract(_JSON_NAMED.format(one))[0] for one in ("(?:lat|y\\b)", "(?:lon|lng|x\\b)"))
    ground.choices.append(f"{ground.label}: {name} holds latitude and longitude by name.")
    table = pd.DataFrame({"lon": point[0].fillna(lon), "lat": point[1].fillna(lat)}, index=text.index)
    read = _positions(table, ("lon", "lat"), ground)
    return read._replace(faults=read.faults.mask(text.notna() & table["lon"].isna(), "position cannot be read"))


def _square_of(letters: str) -> tuple[float, float]:
    """Return the south-west corner of a 100 km square of the National Grid."""
    first, second = (ord(one) - ord("A") - (one > "I") for one in letters)
    east = ((first - 2) % 5) * 5 + second % 5
    north = 19 - first // 5 * 5 - second // 5
    return east * 100_000.0, north * 100_000.0


def shapes_in_text(text: pd.Series) -> np.ndarray:
    """Return the shape of each cell, written as WKT (also with an SRID before it) or as WKB; None where it is none."""
    values = text.str.strip().str.replace(r"(?i)^SRID=\d+;", "", regex=True)
    binary = values.str.fullmatch(r"(?i)01[0-9a-f]+").fillna(False).astype(bool)
    wkt, wkb = (values.where(mask, None).astype(object).to_numpy() for mask in (~binary & values.notna(), binary))
    wkt, wkb = (np.array([one if isinstance(one, str) else None for one in part], object) for part in (wkt, wkb))
    shapes = shapely.from_wkt(wkt, on_invalid="ignore")
    if binary.any():
        shapes = np.where(binary.to_numpy(), shapely.from_wkb(wkb, on_invalid="ignore"), shapes)
    return shapes


def _shapes(text: pd.Series, name: str, ground: Ground) -> Positions:
    shapes = shapes_in_text(text)
    line = np.isin(shapely.get_type_id(shapes), (1,)) & ~shapely.is_closed(shapes)  # half way along an open line
    half_way = shapely.line_interpolate_point(np.where(line, shapes, np.array(None)), 0.5, normalized=True)
    middle = np.where(line, half_way, shapely.point_on_surface(shapely.make_valid(shapes)))
    table = pd.DataFrame({"x": shapely.get_x(middle), "y": shapely.get_y(middle)}, index=text.index)
    ground.choices.append(f"{ground.label}: {name} holds shapes in text, each placed at a point on the surface.")
    read = _positions(table.astype("string").mask(table.isna()), ("x", "y"), ground)
    return read._replace(faults=read.faults.mask(text.notna() & pd.isna(shapes), "shape cannot be read"))


# a cell that holds a whole position: how it is written, and who reads it
_IN_ONE_CELL = {
    _EASTING_NORTHING: _pairs_of_metres,
    _LAT_LON: _lat_lon,
    _COMPASS: _compass,
    _GRID: _grid_references,
    SHAPE_IN_TEXT: _shapes,
    _JSON: _json_points,
}


def _plain(text: pd.Series) -> pd.Series:
    """Return coordinates without what people write round the digits: units, spaces between thousands, N, S, E or W.

    Degrees, minutes and seconds become degrees: ``51°52'51.1"N`` is 51.88086.
    """
    if pd.to_numeric(text, errors="coerce").notna().eq(text.notna()).all():
        return text
    text = text.str.translate(_MARKS).str.replace(r"\s+", " ", regex=True)  # what follows is slow on long blanks
    text = text.str.replace(r"(?i) ?(?:m|metres?|meters?|°|deg|degrees)\.?$", "", regex=True)
    text = text.str.replace(r"(?<=\d)[ '](?=\d{3}(?:[ ',.]|$))", "", regex=True)
    mixed = text.str.fullmatch(r"[+-]?\d{1,3}(\.\d{3})+,\d+").fillna(False).astype(bool)
    text = text.mask(mixed, text.str.replace(".", "", regex=False))
    side = text.str.extract(r"(?i)^([NSEWO])?.*?([NSEWO])?$")
    side = side[0].fillna(side[1]).str.upper()
    bare = text.str.replace(r"(?i)^[NSEWO] ?| ?°? ?[NSEWO]$", "", regex=True).where(side.notna(), text)
    parts = bare.str.extract(_SEXAGESIMAL)
    minutes, seconds = (pd.to_numeric(parts[i].str.replace(",", ".", regex=False)).fillna(0) for i in (1, 2))
    degrees = pd.to_numeric(parts[0]).abs() + minutes / 60 + seconds / 3600
    negative = parts[0].str.startswith("-").fillna(False).astype(bool)
    bare = bare.mask(parts[0].notna(), degrees.where(~negative, -degrees).astype("string"))
    south = side.isin(["S", "W", "O"]).fillna(False).astype(bool) & ~bare.str.startswith("-").fillna(False).astype(bool)
    return bare.mask(south, "-" + bare)


def _numbers(table: pd.DataFrame, pair: tuple[str, str]) -> tuple[pd.Series, pd.Series]:
    """Return the numbers of two columns, NaN where there is none. A comma is a decimal mark, or it parts thousands.

    That is decided for both columns together: a decimal mark if a value can only be that (0,427; 51,8801), if the
    headings say degrees, or if all would then lie in Britain as degrees; else it parts thousands.
    """
    texts = [_plain(table[name].astype("string").str.strip()) for name in pair]
    commas = pd.concat([text[text.str.contains(",", regex=False, na=False)] for text in texts])
    if len(commas):
        grouped = commas.str.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?").fillna(False).astype(bool)
        points = [text.str.replace(",", ".", regex=False) for text in texts]
        if pair[0] != "lon" and grouped.all() and not _british_degrees(points):
            points = [text.str.replace(",", "", regex=False) for text in texts]
        elif pair[0] != "lon" and grouped.any() and not _british_degrees(points):
            # some hold decimals, some thousands: each value as its own digits tell
            plain = [text.str.fullmatch(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?").fillna(False) for text in texts]
            points = [
                point.mask(thousands.astype(bool), text.str.replace(",", "", regex=False))
                for point, thousands, text in zip(points, plain, texts, strict=True)
            ]
        texts = points
    first, second = (pd.to_numeric(text, errors="coerce") for text in texts)
    return first, second


def _british_degrees(texts: Sequence[pd.Series]) -> bool:
    """Return whether two columns of numbers lie in or near the United Kingdom as degrees."""
    x, y = (pd.to_numeric(text, errors="coerce") for text in texts)
    inside = [x.between(-9, 2.5).fillna(False), y.between(49, 61.5).fillna(False)]  # what is no number is in no country
    return all(bool(one.sum() > 0.9 * numbers.notna().sum()) for one, numbers in zip(inside, (x, y), strict=True))


def _called(system: str) -> str:
    names = {LONLAT: "degrees", GREAT_BRITAIN: "National Grid metres", WEB_MERCATOR: "Web Mercator metres"}
    return names.get(system, system)


def _others(x: np.ndarray, y: np.ndarray, system: str) -> NDArray[np.bool_]:
    """Return which rows hold degrees among metres, metres among degrees, or metres of another system, if several do."""
    degrees, mercator = _in_degrees(x, y), _in_mercator(x, y)
    if system == LONLAT:
        found = ~degrees & (np.abs(x) >= 1000) & (np.abs(y) >= 1000)
    elif degrees.sum() >= _MANY or system not in (GREAT_BRITAIN, WEB_MERCATOR):
        found = degrees
    else:
        found = mercator if system == GREAT_BRITAIN else ~mercator & ~_outside(x, y, GREAT_BRITAIN)
    return np.asarray(found if found.sum() >= _MANY else np.zeros(len(x), bool))


def _in_degrees(x: np.ndarray, y: np.ndarray) -> NDArray[np.bool_]:
    return np.asarray((np.abs(x) <= 180) & (np.abs(y) <= 90))


def _in_mercator(x: np.ndarray, y: np.ndarray) -> NDArray[np.bool_]:
    """Return which positions lie in or near the United Kingdom as Web Mercator."""
    return np.asarray((x >= -1_200_000) & (x <= 300_000) & (y >= 6_200_000) & (y <= 8_800_000))


def _metres(x: np.ndarray, y: np.ndarray) -> str:
    """Return the system of numbers that are metres: Web Mercator where they lie in Britain only as that."""
    if not len(x):
        return GREAT_BRITAIN
    return WEB_MERCATOR if _in_mercator(np.median(x), np.median(y)) else GREAT_BRITAIN


def _outside(x: np.ndarray, y: np.ndarray, system: str) -> NDArray[np.bool_]:
    """Return which positions lie outside what their system can mean."""
    degrees = _in_degrees(x, y)
    if system == LONLAT:
        return np.asarray(~degrees | _swapped(x, y))
    if system == GREAT_BRITAIN:
        return np.asarray(degrees | ~((x >= -100_000) & (x <= 900_000) & (y >= -200_000) & (y <= 1_400_000)))
    return np.zeros(len(x), bool)


def _system(pair: tuple[str, str], x: np.ndarray, y: np.ndarray, ground: Ground) -> str:
    """Return the coordinate system of two columns of numbers, or raise GeoError where they cannot be what they say."""
    label, crs = ground.label, ground.crs
    if crs is not None:
        try:
            return str(pyproj.CRS.from_user_input(crs).to_string())
        except pyproj.exceptions.CRSError:
            raise GeoError(
                f"--incidents-crs {crs}: no such coordinate system.", "Use a code such as EPSG:27700."
            ) from None
    if not len(x):
        return LONLAT if pair[0] == "lon" else GREAT_BRITAIN
    degrees = bool(np.median(np.abs(x)) <= 180 and np.median(np.abs(y)) <= 90)
    metres = _metres(x, y)
    if pair[0] == "lon":
        if not degrees:
            raise GeoError(
                f"{label}: the longitudes and latitudes are not degrees ({x[0]:,.0f}, {y[0]:,.0f} in the first row).",
                f"If they are {_called(metres)}, run again with --incidents-crs {metres}.",
            )
        _refuse_swapped(x, y, label)
        return LONLAT
    if pair[0] == "x" and degrees:
        _refuse_swapped(x, y, label)
        return LONLAT
    if degrees:
        raise GeoError(
            f"{label}: degrees found under Easting and Northing ({x[0]:g}, {y[0]:g} in the first row).",
            "Run again with --incidents-crs EPSG:4326, or rename the columns to lon and lat.",
        )
    if metres == WEB_MERCATOR:
        one = int(np.argmax(_in_mercator(x, y)))
        ground.choices.append(f"{label}: {pair[0]} and {pair[1]} read as Web Mercator ({x[one]:,.0f}, {y[one]:,.0f}).")
    return metres


def _refuse_swapped(lon: np.ndarray, lat: np.ndarray, label: str) -> None:
    swapped = _swapped(lon, lat)
    if swapped.mean() > 0.5:
        first = int(np.argmax(swapped))
        raise GeoError(
            f"{label}: lon and lat look swapped in {counted(int(swapped.sum()), 'row')} "
            f"(lon {lon[first]:.2f}, lat {lat[first]:.2f} in the first of them).",
            "Swap the two headers and run again.",
        )


def _swapped(lon: np.ndarray, lat: np.ndarray) -> NDArray[np.bool_]:
    """Return which pairs lie in the United Kingdom only the other way round."""
    return np.asarray((lon >= 49) & (lon <= 61) & (lat >= -9) & (lat <= 2.5))
