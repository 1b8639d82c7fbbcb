"""Columns about people, taken out of every result."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

# About people, even as pseudonyms, and free text: none of it is needed to see where incidents are, or who is met.
PERSONAL = (
    "victim_ref",
    "personal",
    "situational",
    "incidental",
    "spoc",
    "stakeholder",
    "stakeholder_ref",
    "officer_ref",
    "notes",
)
IDENTIFIERS = ("incident_id",)


def without_personal(layer: gpd.GeoDataFrame, *, keep_ids: bool = False) -> gpd.GeoDataFrame:
    """Return the layer without columns about people, and without incidents' record numbers unless ``keep_ids``."""
    dropped = PERSONAL if keep_ids else PERSONAL + IDENTIFIERS
    return layer.drop(columns=[name for name in dropped if name in layer])
