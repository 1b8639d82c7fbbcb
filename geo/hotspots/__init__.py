"""Hot spots: where incidents are concentrated, as areas that can be walked, with what the data can and cannot say."""

from geo.hotspots.find import HotspotResult, find_hotspots
from geo.hotspots.tune import Options, Parameter

__all__ = ["HotspotResult", "Options", "Parameter", "find_hotspots"]
