"""The page of a community mapping workshop: what was reported, in broad areas, and the notes people add to it.

The file is handed out, so it holds no incident and no position of one: counts of areas that have been through
``geo.disclosure``, either of cells or of wards, never of both, since one taken from the other would tell more.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd

from geo.crs import require_metric
from geo.errors import GeoError
from maps import shapes
from maps.background import background
from maps.builder import Page
from maps.languages import Strings
from maps.page import About
from maps.workshop_records import (
    cell_records,
    counted_areas,
    note_records,
    require_areas,
    shaded,
    ward_records,
)
from maps.workshop_texts import page_texts

PAGE = Page(
    skeleton="workshop.html",
    script="workshop/workshop.js",
    styles=(
        "base.css", "split.css", "stage.css", "base_map.css", "panel.css", "print.css", "workshop.css",
        "workshop_print.css",
    ),
    packs="code",
)  # fmt: skip

MARGIN_M = 1000.0
_MAP_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def workshop_map(
    wards: gpd.GeoDataFrame,
    cells: gpd.GeoDataFrame | None,
    about: About,
    *,
    strings: Strings,
    notes: gpd.GeoDataFrame | None = None,
    made_by: str = "",
    map_id: str | None = None,
    minimum_count: int = 10,
    rounding: int = 5,
    edges: Sequence[int] | None = None,
    base_map: Mapping[str, gpd.GeoDataFrame] | None = None,
) -> Any:
    """Return the page as a folium Map: save it with ``maps.figure.save_page``.

    ``wards``: ``ward_code``, ``ward_name``, ``geometry``, and ``incidents`` where there are no ``cells``. ``cells``:
    ``cell``, ``incidents``, ``geometry``; where they are given, no count of a ward reaches the page. Counts are
    rounded, and missing where hidden: both come from ``geo.disclosure.release``, and a count below ``minimum_count``
    or not a multiple of ``rounding`` is refused. ``notes``: those of earlier workshops (``kind``, ``feeling``,
    ``geometry`` and perhaps ``note``), shown and not changed; nothing else of them reaches the page. ``strings`` are
    the words (``maps.languages.strings("cy")``); ``about`` is written in the same language; ``made_by`` names who
    answers for the map. ``map_id`` names the map in the notes and in the browser's memory: pages with the same id share
    their notes, such as the same map in two languages; without one it is made from title, date and area. ``edges``:
    where the bands of an earlier page began, which this one keeps. ``base_map``: what lies below, as ``read_base_map``
    returns it. Layers are in metres; the order of rows does not matter.

    Raises GeoError for wards that hold nothing, shapes that are not areas, counts that were not released, notes with an
    unknown feeling, and an id with other characters than letters, digits, dot, dash and underscore.
    """
    for name, layer in {"wards": wards, "cells": cells, "notes": notes}.items():
        if layer is not None:
            require_metric(layer, name)
    require_areas(wards, "wards")
    towns = wards.sort_values("ward_code", kind="stable").reset_index(drop=True)
    bounds = shapes.bounds(towns)
    if not math.isfinite(bounds[0]):
        raise GeoError("There is no ward to draw.", "Give the wards of the area the workshop is about.")
    west, south, east, north = bounds
    counted = towns if cells is None else cells.sort_values("cell", kind="stable").reset_index(drop=True)
    made, places = counted_areas(counted, "wards" if cells is None else "cells", minimum_count, rounding, edges)
    data = {
        "map": _map_id(map_id, about, bounds),
        "language": strings.language,
        "texts": dict(strings.script),
        "bounds": [[south, west], [north, east]],
        "bbox": _limits(towns),
        "madeOn": about.made_on,
        "minimum": minimum_count,
        "bands": shaded(made),
        "wards": ward_records(towns, places if cells is None else None),
        "cells": [] if cells is None else cell_records(counted, places),
        "earlier": note_records(notes),
    }
    below = background(about, bounds, base_map=base_map)
    if "base_map" in below.data:
        below.data["base_map"] |= {"name": strings.script["streets"], "failed": strings.script["streets_failed"]}
    texts = page_texts(strings, below.about, made_by, notes, minimum=minimum_count, rounding=rounding)
    return PAGE.build(
        about.title, bounds, texts=texts, data=data | below.data, packed=below.packed, language=strings.language
    )


def _limits(wards: gpd.GeoDataFrame) -> list[float]:
    """Return the box in which notes may lie: round the wards, a kilometre wider on every side."""
    return [round(value, shapes.DECIMALS) for value in shapes.bounds(wards.set_geometry(wards.buffer(MARGIN_M)))]


def _map_id(map_id: str | None, about: About, bounds: tuple[float, float, float, float]) -> str:
    if map_id is None:
        corners = ",".join(f"{value:.4f}" for value in bounds)
        return hashlib.sha256(f"{about.title}|{about.made_on}|{corners}".encode("utf-8", "replace")).hexdigest()[:16]
    if not _MAP_ID.fullmatch(map_id):
        raise GeoError(f"{map_id!r} cannot name a map.", "Use letters, digits, dots, dashes and underscores, up to 64.")
    return map_id
