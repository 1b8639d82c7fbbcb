"""What lies below a page's map, from files or from a server: what it adds to a page's data, words and policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import geopandas as gpd

from maps import packing
from maps.base_map import base_map_block
from maps.elements import ImageSource
from maps.names import names_block
from maps.page import OFFLINE, About
from maps.tiles import Tiles

_TOO_WIDE = "The area is too wide for a background map; it is not drawn."


class Background(NamedTuple):
    """``data``: for the page's JSON; ``packed``: blocks of bytes; ``about``: with the server's owner named; ``notes``:
    sentences; ``network``: what the page asks of the network; ``sources``: elements to add to the finished map.
    """

    data: dict[str, Any]
    packed: dict[str, bytes]
    about: About
    notes: Sequence[str]
    network: str
    sources: Sequence[ImageSource]


def background(
    about: About,
    bounds: tuple[float, float, float, float],
    *,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
    tiles: Tiles | None = None,
) -> Background:
    """Return what a page needs for a background: nothing at all where neither is given.

    ``bounds``: (west, south, east, north) in degrees. ``base_map``: as ``read_base_map`` returns it.
    ``tiles``: a server, asked only because the user said so. The page's script calls
    ``geo.baseMap`` and ``geo.tiles`` with ``base_map`` and ``tiles`` of the data.
    """
    data: dict[str, Any] = {}
    packed: dict[str, bytes] = {}
    notes: list[str] = []
    if base_map:
        if packing.step_m(*bounds) > packing.COARSEST_STEP_M:
            notes.append(_TOO_WIDE)
        else:
            packed["base-map"], data["base_map"] = base_map_block(base_map, bounds)
            packed |= names_block(base_map, bounds)
    if tiles is None:
        return Background(data, packed, about, notes, OFFLINE, ())
    data["tiles"] = {"url": tiles.url, "host": tiles.host}
    credited = replace(about, attribution=[*about.attribution, tiles.attribution])
    return Background(data, packed, credited, notes, tiles.warning, (ImageSource("tiles", tiles.origin),))
