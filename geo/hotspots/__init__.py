"""Hot spots: where incidents are concentrated, as areas that can be walked, with what the data can and cannot say."""

from geo.hotspots.find import HotspotResult, find_hotspots
from geo.hotspots.tune import Parameter

__all__ = ["HotspotResult", "Parameter", "find_hotspots"]
