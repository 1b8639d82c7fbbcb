"""Which streets people on foot may use, by the tags of OpenStreetMap or the columns of OS Open Roads.

The rules, for a way of OpenStreetMap (the first that fits decides):

==================================================================  ============================================
the way                                                             used?
==================================================================  ============================================
``area=yes`` (a square drawn by its outline)                        no: an outline is no way
motorway, motorway_link                                             no, whatever else is said
construction, proposed, planned, abandoned, disused, razed, ...     no: not there (yet, or any more)
corridor, elevator, raceway, busway, bus_guideway, escape, ...      no: indoors, or not for walking
``foot`` = no, private, permit, use_sidepath, ...                   no
``foot`` = yes, designated, permissive, ... (any other word)        yes, even where ``access`` says private or no
``access`` = no, private, permit, military, delivery, ...           no
``service`` = private                                               no
trunk, trunk_link                                                   only with a pavement (``sidewalk``), or a speed
                                                                    limit of 40 mph or less: a road in a town
everything else: primary to residential, service, living_street,    yes
pedestrian, footway, path, steps, cycleway, bridleway, track, road
==================================================================  ============================================

One-way rules are for vehicles: every street is walked both ways. Conditional access (by time or season) is not read.
Source: PATROL (no motorway, ``foot=no`` or private access) and, for the United Kingdom's defaults,
https://wiki.openstreetmap.org/wiki/OSM_tags_for_routing/Access_restrictions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from layers.libraries import pd

MOTORWAY = "motorways"
AREA = "areas, not lines (squares drawn by their outline)"
NOT_THERE = "not built yet, or gone"
NOT_FOR_WALKING = "not for walking (indoors, bus-only, racing tracks)"
CLOSED = "closed to people on foot, or private"
FAST = "trunk roads without a pavement"
# the tags that decide; a line layer that has a highway column may have these too
TAGS = (
    "highway",
    "foot",
    "access",
    "service",
    "sidewalk",
    "sidewalk:left",
    "sidewalk:right",
    "sidewalk:both",
    "maxspeed",
    "area",
    "layer",
    "bridge",
    "tunnel",
)
_MOTORWAYS = {"motorway", "motorway_link"}
_TRUNK = {"trunk", "trunk_link"}
_NOT_THERE = {"construction", "proposed", "planned", "abandoned", "disused", "razed", "demolished", "removed"}
_NOT_FOR_WALKING = {"corridor", "elevator", "raceway", "busway", "bus_guideway", "escape", "via_ferrata", "no"}
_NOT_FOR_WALKING |= {"rest_area", "services", "emergency_bay", "bus_stop", "traffic_island", "ladder"}
_CLOSED = {"no", "private", "permit", "military", "agricultural", "forestry", "delivery", "use_sidepath"}
_PAVEMENT = {"yes", "both", "left", "right"}
_TOWN_MPH = 40
_KM_PER_MILE = 1.609344


def why_not_walked(tags: Mapping[str, str | None]) -> str | None:
    """Return why a way with these tags is not walked, in words; None where it is. The table above says the rules."""
    kind = _word(tags, "highway")
    if _word(tags, "area") == "yes":
        return AREA
    if kind in _MOTORWAYS:
        return MOTORWAY
    if kind in _NOT_THERE:
        return NOT_THERE
    if kind in _NOT_FOR_WALKING:
        return NOT_FOR_WALKING
    foot = _word(tags, "foot")
    if foot:
        return CLOSED if foot in _CLOSED else None
    if _word(tags, "access") in _CLOSED or _word(tags, "service") == "private":
        return CLOSED
    if kind in _TRUNK and not _has_pavement(tags) and not _slow(_word(tags, "maxspeed")):
        return FAST
    return None


def why_not_walked_os(row: Mapping[str, str | None]) -> str | None:
    """Return why a road of OS Open Roads is not walked: motorways and guided busways are not; None for the others."""
    if _word(row, "class") == "motorway":
        return MOTORWAY
    return NOT_FOR_WALKING if _word(row, "form_of_way") == "guided busway" else None


def level_of(tags: Mapping[str, str | None]) -> float:
    """Return the storey of a way: its ``layer``; without one 1 on a bridge, -1 in a tunnel, 0 on the ground."""
    try:
        return float(_word(tags, "layer") or "none")
    except ValueError:
        if _word(tags, "bridge") not in ("", "no"):
            return 1.0
        return -1.0 if _word(tags, "tunnel") not in ("", "no") else 0.0


def _has_pavement(tags: Mapping[str, str | None]) -> bool:
    return any(_word(tags, name) in _PAVEMENT for name in TAGS if name.startswith("sidewalk"))


def _slow(limit: str) -> bool:
    """Return whether a speed limit (``30 mph``, or ``50`` in km/h) is that of a town; unknown is not."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(mph)?(?:\s*km/?h)?", limit)
    if found is None:
        return False
    mph = float(found[1]) if found[2] else float(found[1]) / _KM_PER_MILE
    return mph <= _TOWN_MPH


def _word(tags: Mapping[str, str | None], name: str) -> str:
    """Return the first value of a tag, lower case; empty without one."""
    value = tags.get(name)
    return "" if value is None or pd.isna(value) else str(value).split(";")[0].strip().casefold()
