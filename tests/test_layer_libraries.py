"""Heavy libraries are imported when they are used, not before."""

from __future__ import annotations

import subprocess
import sys

import pyproj
import pytest
from conftest import ROOT

HEAVY = "numpy pandas geopandas pyproj shapely pyogrio pyarrow openpyxl xlsxwriter scipy folium"
EVERY_MODULE = f"""
import importlib, pkgutil, sys
import layers
for module in pkgutil.walk_packages(layers.__path__, "layers."):
    importlib.import_module(module.name)
print([name for name in {HEAVY.split()} if name in sys.modules])
"""


def test_no_module_of_the_layers_loads_a_heavy_library_before_it_reads():
    done = subprocess.run([sys.executable, "-c", EVERY_MODULE], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


def test_a_library_answers_with_its_own_attributes_and_submodules():
    from layers.libraries import np, pa

    assert np.arange(3).sum() == 3
    assert pa.csv.read_csv.__module__.startswith("pyarrow")
    with pytest.raises(ModuleNotFoundError, match="nonsense"):
        _ = np.nonsense


def test_no_grid_is_fetched():
    """Positions are the same on every machine: PROJ has no network, asked before or after it is loaded."""
    import geo.crs

    assert geo.crs.GREAT_BRITAIN
    assert not pyproj.network.is_network_enabled()
    code = "import os; os.environ['PROJ_NETWORK'] = 'ON'; {} import pyproj; print(pyproj.network.is_network_enabled())"
    for first in ("import geo.crs;", "import pyproj; pyproj.network.set_network_enabled(True); import geo.crs;"):
        done = subprocess.run([sys.executable, "-c", code.format(first)], capture_output=True, text=True, cwd=ROOT)
        assert done.stdout.strip() == "False", done.stderr
