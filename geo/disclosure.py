"""What may leave the building."""

from __future__ import annotations

import geopandas as gpd

# About people, even as pseudonyms: none of it is needed to see where incidents are.
PERSONAL = ("victim_ref", "personal", "situational", "incidental")
IDENTIFIERS = ("incident_id",)


def without_personal(incidents: gpd.GeoDataFrame, *, keep_ids: bool = False) -> gpd.GeoDataFrame:
    """Return the incidents without columns about people, and without their record numbers unless ``keep_ids``."""
    dropped = PERSONAL if keep_ids else PERSONAL + IDENTIFIERS
    return incidents.drop(columns=[name for name in dropped if name in incidents])
