"""The coordinate system of every analysis, chosen once, in one place.

Distances and areas are only right in metres on a plane. In Great Britain that plane is the National Grid
(EPSG:27700, scale error under 0.05%), in Northern Ireland Irish Transverse Mercator (EPSG:2157). It is never guessed
per layer: two layers that each chose "their" UTM zone would not lie on top of each other.
"""

from __future__ import annotations

import math
import os
import sys
from functools import cache
from typing import TYPE_CHECKING

from geo.errors import GeoError

if TYPE_CHECKING:
    import geopandas as gpd
    import pyproj

# No grid file may be fetched, and none that happens to be on one machine may move results there by a metre or two.
# PROJ reads this when it is loaded, which is not yet: pyproj's own copy and GDAL's.
os.environ["PROJ_NETWORK"] = "OFF"
if "pyproj" in sys.modules:
    sys.modules["pyproj"].network.set_network_enabled(active=False)

LONLAT = "EPSG:4326"
GREAT_BRITAIN = "EPSG:27700"
NORTHERN_IRELAND = "EPSG:2157"
# the time zone of the United Kingdom
LOCAL = "Europe/London"

# (west, south, east, north) in degrees. Northern Ireland lies inside the box of Great Britain, so it is asked first.
_NORTHERN_IRELAND_BOX = (-8.3, 53.9, -5.35, 55.4)
_SCALE_ERROR = 0.002
_GREAT_BRITAIN_BOX = (-9.1, 49.7, 2.1, 61.1)


def choose_metric_crs(layer: gpd.GeoDataFrame) -> pyproj.CRS:
    """Return the plane, in metres, on which to measure ``layer``: chosen from where its middle lies.

    Raises GeoError outside the United Kingdom, where no one plane is right: project the layers first.
    """
    import pyproj

    # always in degrees first, whatever system the file uses: the boxes above are in degrees
    west, south, east, north = layer.to_crs(LONLAT).total_bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    if _inside(lon, lat, _NORTHERN_IRELAND_BOX):
        return pyproj.CRS(NORTHERN_IRELAND)
    if _inside(lon, lat, _GREAT_BRITAIN_BOX):
        return pyproj.CRS(GREAT_BRITAIN)
    raise GeoError(
        f"The wards lie around {describe_position(lon, lat)}, outside the United Kingdom.",
        "Name the plane to measure on with --metric-crs, for example --metric-crs EPSG:32616 for Chicago.",
    )


def zone_of(crs: pyproj.CRS | str | None) -> str | None:
    """Return the time zone of the ground that a plane is made for: that of the United Kingdom; None elsewhere."""
    import pyproj

    if crs is None:
        return None
    return LOCAL if pyproj.CRS(crs).to_epsg() in (27700, 2157, 29902, 29903) else None


def require_metric(layer: gpd.GeoDataFrame | gpd.GeoSeries, name: str) -> None:
    """Raise GeoError unless ``layer`` is measured in metres; call it before any distance, buffer or area."""
    crs = layer.crs
    if crs is None:
        raise GeoError(f"{name}: no coordinate reference system.", "Set one, then project to EPSG:27700.")
    if not crs.is_projected or crs.axis_info[0].unit_name not in ("metre", "meter"):
        raise GeoError(
            f"{name}: coordinates are in {crs.name} ({crs.axis_info[0].unit_name}), not in metres.",
            "Project the layer to EPSG:27700 first; distances in degrees mean nothing.",
        )


def require_scale(layer: gpd.GeoDataFrame, crs: str | pyproj.CRS) -> None:
    """Raise GeoError unless a kilometre where ``layer`` lies is a kilometre on the plane ``crs``, within 0.2%."""
    import pyproj

    try:
        plane = pyproj.CRS.from_user_input(crs)
    except pyproj.exceptions.CRSError:
        raise GeoError(f"--metric-crs {crs}: no such coordinate system.", "Use a code such as EPSG:27700.") from None
    if not plane.is_projected or plane.axis_info[0].unit_name not in ("metre", "meter"):
        raise GeoError(f"--metric-crs {crs}: {plane.name} is not a plane in metres.", "Use one, such as EPSG:27700.")
    west, south, east, north = layer.to_crs(LONLAT).total_bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    ends = [pyproj.Geod(ellps="WGS84").fwd(lon, lat, azimuth, 1000)[:2] for azimuth in (0, 90)]
    to_plane = transformer(LONLAT, plane)
    x, y = to_plane.transform([lon, *(end[0] for end in ends)], [lat, *(end[1] for end in ends)])
    for end in (1, 2):
        length = math.hypot(x[end] - x[0], y[end] - y[0])
        if not abs(length - 1000) <= 1000 * _SCALE_ERROR:
            raise GeoError(
                f"--metric-crs {crs}: a kilometre at {describe_position(lon, lat)} is {length:,.0f} m on {plane.name}.",
                "Choose a plane made for that place, such as EPSG:27700 for Great Britain.",
            )


@cache
def transformer(source: str | pyproj.CRS, target: str | pyproj.CRS) -> pyproj.Transformer:
    """Return the transformation from one system to another, x (or longitude) first; built once for each pair.

    Building one takes longer than projecting a file of wards.
    """
    import pyproj

    return pyproj.Transformer.from_crs(source, target, always_xy=True)


def to_metric(layer: gpd.GeoDataFrame, crs: str | pyproj.CRS = GREAT_BRITAIN) -> gpd.GeoDataFrame:
    """Return ``layer`` projected to the metric ``crs`` (a copy)."""
    projected = layer.to_crs(crs)
    require_metric(projected, "layer")
    return projected


def to_lonlat(layer: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Return ``layer`` in degrees (EPSG:4326), as GeoJSON and web maps want it (a copy)."""
    return layer.to_crs(LONLAT)


def describe_position(lon: float, lat: float) -> str:
    """Return a position as people write it: ``51.88 N, 0.42 W``."""
    return f"{abs(lat):.2f} {'N' if lat >= 0 else 'S'}, {abs(lon):.2f} {'E' if lon >= 0 else 'W'}"


def describe_bounds(layer: gpd.GeoDataFrame) -> str:
    """Return where ``layer`` lies, in degrees: ``51.85 to 51.93 N, 0.51 to 0.35 W``."""
    west, south, east, north = layer.to_crs(LONLAT).total_bounds
    return f"{_span(south, north, 'N', 'S')}, {_span(west, east, 'E', 'W')}"


def _span(low: float, high: float, positive: str, negative: str) -> str:
    if (low < 0) == (high < 0):
        return f"{abs(low):.2f} to {abs(high):.2f} {positive if high >= 0 else negative}"
    return f"{abs(low):.2f} {negative} to {abs(high):.2f} {positive}"


def _inside(lon: float, lat: float, box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return west <= lon <= east and south <= lat <= north
