"""Columns of coordinates into points in metres, with the usual traps named instead of mapped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from geo.crs import GREAT_BRITAIN, LONLAT
from geo.errors import GeoError, counted
from layers.libraries import NDArray, gpd, np, pd, pyproj
from layers.reading.layer import Column

POSITION_COLUMNS = (
    Column("lon", "longitude, degrees", "longitude, long, lng", kind="position"),
    Column("lat", "latitude, degrees", "latitude", kind="position"),
    Column(
        "easting",
        "easting, metres",
        "eastings, bng e, east, geox, osgr easting, location easting osgr",
        kind="position",
    ),
    Column(
        "northing",
        "northing, metres",
        "northings, bng n, north, geoy, osgr northing, location northing osgr",
        kind="position",
    ),
    Column("x", "x, in the file's own coordinate system", "x coord, point x, x coordinate", kind="position"),
    Column("y", "y, in the file's own coordinate system", "y coord, point y, y coordinate", kind="position"),
)
AT_ZERO = "at 0, 0"
IMPOSSIBLE = "position outside what its coordinates can mean"
_PAIRS = (("lon", "lat"), ("easting", "northing"), ("x", "y"))


class Positions(NamedTuple):
    """``points``: in the metric system, to the millimetre, None where unusable; ``faults``: the reason, row by row."""

    points: gpd.GeoSeries
    faults: pd.Series


def position_pair(columns: Sequence[str]) -> tuple[str, str] | None:
    """Return which two of the canonical columns hold the position; None if the file has none."""
    return next((pair for pair in _PAIRS if pair[0] in columns and pair[1] in columns), None)


def read_positions(
    table: pd.DataFrame, pair: tuple[str, str], *, label: str, crs: str | None, metric_crs: str | pyproj.CRS
) -> Positions:
    """Return the points of two text columns. ``crs`` wins over what the columns are called.

    A row is at fault if a coordinate is missing, is no number, is masked, is exactly 0 or 1 in both, lies outside what
    its system can mean, or lies in the United Kingdom only with its two numbers swapped. Raises GeoError where whole
    columns are wrong: latitude and longitude swapped, degrees under an Easting header, metres under a Longitude header.
    """
    first, second = (_numbers(table[name], degrees=pair[0] == "lon") for name in pair)
    empty = table[pair[0]].isna() | table[pair[1]].isna()
    faults = pd.Series(pd.NA, index=table.index, dtype="string")
    faults[empty] = "no position"
    faults[~empty & (first.isna() | second.isna())] = "position is not a number"
    default = ((first == 0) & (second == 0)) | ((first == 1) & (second == 1))
    faults[default] = AT_ZERO
    good = faults.isna().to_numpy()
    x, y = first.to_numpy(float)[good], second.to_numpy(float)[good]

    system = _system(pair, x, y, label, crs)
    if system == LONLAT:
        outside = ~((np.abs(x) <= 180) & (np.abs(y) <= 90)) | _swapped(x, y)
    elif system == GREAT_BRITAIN:
        outside = ~((x >= -100_000) & (x <= 900_000) & (y >= -200_000) & (y <= 1_400_000))
        outside |= (np.abs(x) <= 180) & (np.abs(y) <= 90)  # degrees among metres
    else:
        outside = np.zeros(len(x), bool)
    kept = np.flatnonzero(good)
    faults.iloc[kept[outside]] = IMPOSSIBLE
    kept, x, y = kept[~outside], x[~outside], y[~outside]
    return Positions(_project(table.index, kept, x, y, system, metric_crs), faults)


def snap_to_millimetres(points: gpd.GeoSeries) -> gpd.GeoSeries:
    """Return points rounded to 1 mm, so that a distance of exactly eps is decided the same way everywhere."""
    return gpd.GeoSeries(gpd.points_from_xy(points.x.round(3), points.y.round(3)), index=points.index, crs=points.crs)


def _project(
    index: pd.Index, kept: np.ndarray, x: np.ndarray, y: np.ndarray, system: str, metric_crs: str | pyproj.CRS
) -> gpd.GeoSeries:
    """Return a point for each row of ``index``, None where the row is not ``kept``; each place is projected once."""
    places, place = np.unique(np.column_stack((x, y)), axis=0, return_inverse=True)
    projected = gpd.GeoSeries(gpd.points_from_xy(places[:, 0], places[:, 1], crs=system)).to_crs(metric_crs)
    points = np.full(len(index), None, object)
    points[kept] = snap_to_millimetres(projected).to_numpy()[place.ravel()]
    return gpd.GeoSeries(points, index=index, crs=metric_crs)


def _numbers(text: pd.Series, *, degrees: bool) -> pd.Series:
    """Return numbers, NaN where there is none. A comma is a decimal point; in metres it may also part thousands."""
    values = text.astype("string").str.strip()
    if not degrees:
        thousands = values.str.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?").fillna(False).astype(bool)
        values = values.mask(thousands, values.str.replace(",", "", regex=False))
    return pd.to_numeric(values.str.replace(",", ".", regex=False), errors="coerce")


def _system(pair: tuple[str, str], x: np.ndarray, y: np.ndarray, label: str, crs: str | None) -> str:
    """Return the coordinate system of two columns of numbers, or raise GeoError where they cannot be what they say."""
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
    if pair[0] == "x":
        return LONLAT if degrees else GREAT_BRITAIN
    if pair[0] == "lon":
        if not degrees:
            raise GeoError(
                f"{label}: the longitudes and latitudes are not degrees ({x[0]:,.0f}, {y[0]:,.0f} in the first row).",
                "If they are National Grid metres, run again with --incidents-crs EPSG:27700.",
            )
        _refuse_swapped(x, y, label)
        return LONLAT
    if degrees:
        raise GeoError(
            f"{label}: degrees found under Easting and Northing ({x[0]:g}, {y[0]:g} in the first row).",
            "Run again with --incidents-crs EPSG:4326, or rename the columns to lon and lat.",
        )
    return GREAT_BRITAIN


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
