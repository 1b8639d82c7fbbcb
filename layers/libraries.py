"""The heavy libraries, each imported when it is first used: a command that reads no map never waits for geopandas."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

# the kinds of map files that are read, or written; GDAL registers no other driver, whatever a file claims to be
DRIVERS = ("ESRI Shapefile", "FlatGeobuf", "GeoJSON", "GML", "GPKG", "KML", "LIBKML", "MEM", "OSM", "TopoJSON")
# what the wheel of pyogrio would register beside them: drivers that open other files, ask the network, or guess
_NEVER = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,CSV,CSW,Carto,DGN,DXF,EDIGEO,EEDA,ESRIJSON,Elasticsearch,GDALG,"
    "GPSBabel,GPX,GTFS,GeoJSONSeq,GeoRSS,HTTP,Idrisi,JML,JSONFG,LVBAG,MBTiles,MVT,MapInfo File,MapML,"
    "MiraMonVector,NGW,OAPIF,ODS,OGCAPI,OGR_GMT,OGR_PDS,OGR_VRT,OpenFileGDB,PCIDSK,PDF,PDS4,PGDUMP,PLSCENES,"
    "PMTiles,S57,SQLite,SXF,Selafin,VDV,VFK,VICAR,WAsP,WFS,XLSX"
)

if TYPE_CHECKING:
    import geopandas as gpd
    import numpy as np
    import openpyxl  # type: ignore[import-untyped]
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyogrio
    import pyproj
    import shapely
    import xlsxwriter
    from numpy.typing import ArrayLike, NDArray
else:

    @contextmanager
    def _drivers_allowed() -> Iterator[None]:
        """Keep GDAL, while it is loaded, from registering any driver but DRIVERS; GDAL_SKIP of the user stands."""
        given = os.environ.get("GDAL_SKIP")
        os.environ.setdefault("GDAL_SKIP", _NEVER)
        try:
            yield
        finally:
            if given is None:
                del os.environ["GDAL_SKIP"]

    class _Library:
        """Stands for a module until an attribute of it is asked for; a submodule counts as an attribute."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            with _drivers_allowed():
                module = import_module(self._name)
                import_module("pyogrio") if self._name == "geopandas" else None
            if not hasattr(module, attribute):
                import_module(f"{self._name}.{attribute}")
            found = getattr(module, attribute)
            setattr(self, attribute, found)
            return found

    gpd, np, openpyxl, pd, pa, pc, pyogrio, pyproj, shapely, xlsxwriter = map(
        _Library,
        "geopandas numpy openpyxl pandas pyarrow pyarrow.compute pyogrio pyproj shapely xlsxwriter".split(),
    )
    ArrayLike = NDArray = Any  # only ever in annotations, which are not evaluated

__all__ = [
    "DRIVERS",
    "ArrayLike",
    "NDArray",
    "gpd",
    "np",
    "openpyxl",
    "pa",
    "pc",
    "pd",
    "pyogrio",
    "pyproj",
    "shapely",
    "xlsxwriter",
]
