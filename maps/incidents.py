"""Incidents as one packed block, the same for every page that draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj

from geo.crs import LONLAT
from geo.errors import GeoError
from maps import packing
from maps.packing import Column, Grid

_MOST_VALUES = 65535
NO_WEEKDAY, NO_HOUR = 7, 24
# from this share of starts at exactly 00:00 on the times are days without times
_NO_TIMES = 0.9
_A_DAY = np.timedelta64(24, "h")

Ints = np.ndarray[Any, np.dtype[np.int64]]


class PackedIncidents(NamedTuple):
    """The compressed block, what a page must know to read it, and how many incidents could not be placed."""

    content: bytes
    schema: dict[str, Any]
    left_out: int


def pack_incidents(
    incidents: gpd.GeoDataFrame, grid: Grid, *, wards: Sequence[str] | None = None, filtered: bool = False
) -> PackedIncidents:
    """Return ``incidents`` packed on ``grid``; those without a position on it are left out and counted.

    Always: position, ``month``, ``crime_type``, ``asb_type`` and ``hotspot``, as far as they are there. ``wards``:
    codes, whose place in the list (from 1, 0 for another or none) is packed as ``ward``. ``filtered``: for a page with
    filters, also ``source``, and from ``occurred_from`` what ``weekday_and_hour`` gives. The day itself stays out: the
    filters do not need it, and a day with a place says more about a person than both a month and a weekday.
    """
    drawn = incidents[~(incidents.geometry.isna() | incidents.geometry.is_empty)]
    # not to_crs: half a million new points only to take them apart again
    to_degrees = pyproj.Transformer.from_crs(drawn.crs, LONLAT, always_xy=True)
    x, y, inside = packing.to_grid(
        grid, *to_degrees.transform(drawn.geometry.x.to_numpy(), drawn.geometry.y.to_numpy())
    )
    kept = drawn if inside.all() else drawn[inside]
    lists: dict[str, list[str]] = {}
    attributes = []
    for name in ("month", "crime_type", "asb_type", *(["source"] if filtered else [])):
        if name in kept.columns:
            codes, lists[name] = _coded(kept[name])
            attributes.append(_column(name, codes))
    if filtered and "occurred_from" in kept.columns:
        attributes += weekday_and_hour(kept["occurred_from"], kept.get("occurred_to"))
    if wards is not None and "ward_code" in kept.columns:
        attributes.append(_column("ward", 1 + _looked_up(kept["ward_code"], wards)))
    ranks = kept["hotspot"].astype("Int64").fillna(0).to_numpy(dtype=np.int64)
    attributes.append(_column("hotspot", ranks))
    x, y = x[inside], y[inside]
    order = packing.packing_order(x, y, *(column.values for column in attributes))
    columns = [Column("x", "delta16", x[order]), Column("y", "delta16", y[order])]
    columns += [column._replace(values=column.values[order]) for column in attributes]
    schema = {
        "rows": len(order),
        "columns": [[column.name, column.kind] for column in columns],
        "lists": lists,
        "grid": grid._asdict(),
    }
    return PackedIncidents(packing.deflate(packing.pack(columns)), schema, len(incidents) - len(order))


def weekday_and_hour(begun: pd.Series, ended: pd.Series | None = None) -> list[Column]:
    """Return the columns ``weekday`` (0 Monday to 6, 7 not known) and ``hour`` (0 to 23, 24 not known).

    An incident known only to lie between two times counts at the first: a filter shows it or does not, it cannot show a
    fifth of it, as an aoristic profile would (``geo.hotspots.rhythm`` has that). One that may have been at any time of
    a whole day or more has no known hour and no known weekday. Where nine in ten begin at exactly 00:00 these are days
    without times: no ``hour``. Neither column where no row has a date.
    """
    when = pd.to_datetime(begun)
    known = when.notna().to_numpy()
    if not known.any():
        return []
    moments = when.to_numpy().astype("datetime64[m]")
    vague = np.zeros(len(when), dtype=bool)
    if ended is not None:
        until = pd.to_datetime(ended).to_numpy().astype("datetime64[m]")
        vague = ~np.isnat(until) & known & (until - moments >= _A_DAY)
    told = known & ~vague
    minutes = np.where(known, moments, np.datetime64(0, "m")).astype(np.int64)
    weekday = np.where(told, (minutes // 1440 + 3) % 7, NO_WEEKDAY)  # 1 January 1970 was a Thursday
    found = [Column("weekday", "u8", weekday)]
    if (minutes[known] % 1440 == 0).mean() < _NO_TIMES:
        found.append(Column("hour", "u8", np.where(told, minutes % 1440 // 60, NO_HOUR)))
    return found


def _looked_up(values: pd.Series, wanted: Sequence[str]) -> Ints:
    """Return the place of each value in a list, -1 where it is not in it."""
    codes, found = pd.factorize(values)
    place = pd.Index([str(one) for one in wanted]).get_indexer([str(one) for one in found])
    return np.where(codes < 0, -1, np.append(place, -1)[codes]).astype(np.int64)


def _coded(values: pd.Series) -> tuple[Ints, list[str]]:
    """Return a code for each value and the list of values in alphabetical order; an empty value is the empty text."""
    codes, found = pd.factorize(values)
    texts = ["" if missing else str(value) for value, missing in zip(found, pd.isna(found), strict=True)]
    texts += [""] if (codes < 0).any() else []
    ordered = sorted(set(texts))
    place = {text: i for i, text in enumerate(ordered)}
    renumbered = np.array([place[text] for text in texts], dtype=np.int64)
    return (renumbered[codes] if len(texts) else codes.astype(np.int64)), ordered


def _column(name: str, values: Ints) -> Column:
    highest = int(values.max(initial=0))
    if highest > _MOST_VALUES:
        raise GeoError(f"incidents: {highest + 1:,} different values of '{name}' are too many for a map.")
    return Column(name, "u8" if highest < 256 else "u16", values)
