"""The heavy libraries, each imported when it is first used: a command that reads no map never waits for geopandas."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

    class _Library:
        """Stands for a module until an attribute of it is asked for; a submodule counts as an attribute."""

        def __init__(self, name: str) -> None:
            self._name = name

        def __getattr__(self, attribute: str) -> Any:
            module = import_module(self._name)
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
