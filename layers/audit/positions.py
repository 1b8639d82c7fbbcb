"""How fine positions are: by their decimals, or by the grid they lie on, whichever says more."""

from __future__ import annotations

import re
from collections.abc import Sequence

from geo.crs import GREAT_BRITAIN, LONLAT
from geo.errors import counted
from layers.audit.parts import Finding, Part, Positions, Rules, column_key
from layers.libraries import ArrayLike, NDArray, np, pyproj

_METRES_PER_DEGREE = 111_320.0
_STEPS_M = (1000, 500, 250, 200, 100, 50, 25, 20, 10, 5, 2, 1)
_MOST_DECIMALS = 8
_FINEST_M = 0.01

_EAST = re.compile(r"easting|east|x|x_?coord.*|.*_x|osgb_?x|grid_?east.*")
_NORTH = re.compile(r"northing|north|y|y_?coord.*|.*_y|osgb_?y|grid_?north.*")
_LON = re.compile(r"lon|lng|long|longitude|.*_(lon|lng|longitude)")
_LAT = re.compile(r"lat|latitude|.*_(lat|latitude)")


def in_degrees(lon: ArrayLike, lat: ArrayLike, step_m: float | None = None) -> Positions:
    """Return positions given in degrees with their steps; ``step_m`` where they were rounded to a grid already.

    The step is the larger of what the decimals of the latitude and longitude tell (0.001 degrees is 111 m) and the
    coarsest grid, of 1 m to 1 km on the National Grid, that the position lies on within what its decimals leave open.
    """
    x, y = np.asarray(lon, dtype=np.float64).ravel(), np.asarray(lat, dtype=np.float64).ravel()
    known = np.isfinite(x) & np.isfinite(y) & (np.abs(y) < 90) & (np.abs(x) <= 180)
    x, y = x[known], y[known]
    if not len(x):
        return Positions(x, y, x)
    written = np.full(len(x), step_m) if step_m is not None else _decimal_step(x, y)
    to_grid = pyproj.Transformer.from_crs(LONLAT, GREAT_BRITAIN, always_xy=True)
    east, north = to_grid.transform(x, y)
    return Positions(x, y, np.maximum(written, _grid_step(np.array(east), np.array(north), 0.8 * written)))


def in_metres(east: ArrayLike, north: ArrayLike, crs: str | pyproj.CRS = GREAT_BRITAIN) -> Positions:
    """Return positions given on a plane in metres, with the grid each lies on, to a centimetre."""
    x, y = np.asarray(east, dtype=np.float64).ravel(), np.asarray(north, dtype=np.float64).ravel()
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if not len(x):
        return Positions(x, y, x)
    lon, lat = pyproj.Transformer.from_crs(crs, LONLAT, always_xy=True).transform(x, y)
    step = np.maximum(_grid_step(x, y, np.full(len(x), _FINEST_M)), _FINEST_M)
    return Positions(np.array(lon), np.array(lat), step)


def of_columns(names: Sequence[str]) -> tuple[str, str, bool] | None:
    """Return the columns that hold an easting and northing (True) or longitude and latitude (False), if any do."""
    for x, y, metric in ((_LON, _LAT, False), (_EAST, _NORTH, True)):
        across = [name for name in names if x.fullmatch(column_key(name))]
        up = [name for name in names if y.fullmatch(column_key(name))]
        if across and up:
            return across[0], up[0], metric
    return None


def check_positions(part: Part, rules: Rules) -> list[Finding]:
    """Return what the positions of a part disclose."""
    found = []
    if part.points is not None and len(part.points.lon):
        found += _check(part, part.points, "position", rules)
    if part.shapes is not None and len(part.shapes.lon):
        drawn_from_people = part.layer == "hotspots"
        if drawn_from_people:
            found += _check(part, part.shapes, "corner", rules)
        else:
            found.append(_note(part.place, part.shapes, "corner", "of lines or areas"))
    return found


def _check(part: Part, positions: Positions, noun: str, rules: Rules) -> list[Finding]:
    finer = positions.step_m < 0.98 * rules.coordinate_m
    if not finer.any():
        return [
            _note(part.place, positions, noun, f"no finer than {rules.coordinate_m:g} m" if rules.coordinate_m else "")
        ]
    return [
        Finding(
            "breaks",
            part.place,
            f"{counted(int(finer.sum()), noun)} of {len(finer):,} finer than {rules.coordinate_m:g} m "
            f"(to {_metres(float(np.median(positions.step_m[finer])))}).",
            [],
            f"Move them to a grid of {rules.coordinate_m:g} m, or give counts by area.",
        )
    ]


def _note(place: str, positions: Positions, noun: str, more: str) -> Finding:
    step = _metres(float(np.median(positions.step_m)))
    what = f"{counted(len(positions.lon), noun)}{f' {more}' if more else ''}, to {step}."
    return Finding("note", place, what, [], "")


def _metres(step: float) -> str:
    if step < 0.01:
        return "less than 1 cm"
    return f"about {step:,.0f} m" if step >= 1 else f"about {100 * step:.0f} cm"


def _decimal_step(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return 111 km divided by ten for each decimal that the finer of the two has."""
    decimals = np.full(len(x), _MOST_DECIMALS)
    for places in range(_MOST_DECIMALS - 1, -1, -1):
        scale = 10.0**places
        fits = (np.abs(x * scale - np.rint(x * scale)) < 1e-5) & (np.abs(y * scale - np.rint(y * scale)) < 1e-5)
        decimals = np.where(fits & (decimals == places + 1), places, decimals)
    return _METRES_PER_DEGREE / 10.0**decimals


def _grid_step(
    east: NDArray[np.float64], north: NDArray[np.float64], tolerance: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the longest step of which both coordinates are a multiple, 0 where there is none.

    A grid is only believed when its step is far longer than the tolerance: else any position would lie on it.
    """
    found = np.zeros(len(east))
    for step in _STEPS_M:
        with np.errstate(invalid="ignore"):
            off = np.maximum(np.abs(east - np.rint(east / step) * step), np.abs(north - np.rint(north / step) * step))
        fits = np.isfinite(off) & (off <= tolerance) & (tolerance * 20 < step)
        found = np.where((found == 0) & fits, step, found)
    return found
