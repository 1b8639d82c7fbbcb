"""Small worlds for the tests, and the way to the real data."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import geopandas as gpd
import postgres
import pytest
import shapely
from click.testing import CliRunner, Result
from filelock import FileLock
from hypothesis import settings

import cli

# no test is timed: on a busy machine the default limit of 200 ms fails what is right
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOT = Path(__file__).resolve().parent.parent
STREET_HEADER = (
    "Crime ID,Month,Reported by,Falls within,Longitude,Latitude,Location,LSOA code,LSOA name,Crime type,"
    "Last outcome category,Context"
)
# a square kilometre of farmland in Norfolk, and its corners in degrees: far from any test's other data
WEST, SOUTH = 600_000, 320_000


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real open data; tests that need it are skipped where it is not there."""
    folder = Path(os.environ.get("GEO_SHARED_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        if os.environ.get("GEO_SHARED") == "required":
            pytest.fail(f"the real open data are not at {folder}, and GEO_SHARED=required")
        pytest.skip("the real open data are not here (set GEO_SHARED_DATA to their folder)")
    return folder


@pytest.fixture(scope="session")
def luton_wards(shared_data: Path) -> Path:
    return shared_data / "luton_beds_wards_vintages" / "wards_2025_E06000032.geojson"


def make_wards(*names: str) -> gpd.GeoDataFrame:
    """Square wards of 1 km side by side, from (WEST, SOUTH) eastward, all of the district Farmland."""
    boxes = [shapely.box(WEST + 1000 * i, SOUTH, WEST + 1000 * (i + 1), SOUTH + 1000) for i in range(len(names))]
    return gpd.GeoDataFrame(
        {
            "ward_code": [f"E0599{i:04d}" for i in range(len(names))],
            "ward_name": list(names),
            "district_code": "E07999999",
            "district_name": "Farmland",
        },
        geometry=boxes,
        crs="EPSG:27700",
    )


def make_incidents(
    places: Sequence[tuple[float, float]], *, months: Sequence[str] | None = None, texts: Sequence[str] | None = None
) -> gpd.GeoDataFrame:
    """Incidents at metres east and north of (WEST, SOUTH)."""
    points = [shapely.Point(WEST + x, SOUTH + y) for x, y in places]
    columns = {"month": list(months or ["2025-01"] * len(points)), "crime_type": "Anti-social behaviour"}
    if texts is not None:
        columns["location_text"] = list(texts)
    return gpd.GeoDataFrame(columns, geometry=points, crs="EPSG:27700")


@pytest.fixture
def wards_file(tmp_path: Path) -> Path:
    """Two wards in a GeoJSON file as the ONS names its columns."""
    wards = make_wards("Acre", "Barley").to_crs("EPSG:4326")
    wards = wards.rename(
        columns={
            "ward_code": "WD25CD",
            "ward_name": "WD25NM",
            "district_code": "LAD25CD",
            "district_name": "LAD25NM",
        }
    )
    path = tmp_path / "wards.geojson"
    wards.to_file(path, driver="GeoJSON")
    return path


def degrees(x: float, y: float) -> tuple[float, float]:
    """Longitude and latitude, six decimals, of metres east and north of (WEST, SOUTH)."""
    point = gpd.GeoSeries([shapely.Point(WEST + x, SOUTH + y)], crs="EPSG:27700").to_crs("EPSG:4326").iloc[0]
    return round(point.x, 6), round(point.y, 6)


def street_row(
    month: str, x: float, y: float, *, place: str = "On or near Mill Lane", kind: str = "Anti-social behaviour"
) -> str:
    lon, lat = degrees(x, y)
    return f",{month},Test Police,Test Police,{lon},{lat},{place},E01000001,Test 001A,{kind},,"


def write_street(folder: Path, month: str, rows: Sequence[str], *, force: str = "test", kind: str = "street") -> Path:
    """One file of a police.uk download, in its folder of the month."""
    path = folder / month / f"{month}-{force}-{kind}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([STREET_HEADER, *rows]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def download(tmp_path: Path) -> Path:
    """A police.uk download with a gap in its second month: 30 ASB at one place, 5 elsewhere, 4 burglaries."""
    folder = tmp_path / "download"
    for month in ("2025-01", "2025-03"):
        rows = [street_row(month, 500, 500) for _ in range(15)] + [
            street_row(month, 100 + 90 * i, 900) for i in range(2)
        ]
        rows += [street_row(month, 300, 300, kind="Burglary") for _ in range(2)]
        if month == "2025-03":
            rows.append(street_row(month, 1500, 500, place="On or near Barley Road"))
            rows.append(f",{month},Test Police,Test Police,,,No Location,,,Anti-social behaviour,,")
        write_street(folder, month, rows)
    return folder


def made_once(tmp_path_factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """A folder that ``make`` fills, made once for all of xdist's workers: copy it, do not write into it."""
    base = tmp_path_factory.getbasetemp()
    root = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    folder = root / name
    with FileLock(root / f"{name}.lock"):
        if not (root / f"{name}.done").exists():
            make(folder)
            (root / f"{name}.done").touch()
    return folder


@pytest.fixture(scope="session")
def finished_demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that ``geo demo`` leaves: copy it, do not write into it."""

    def demo(folder: Path) -> None:
        result = CliRunner().invoke(cli.main, ["demo", str(folder), "--quiet"])
        assert result.exit_code == 0, result.output

    return made_once(tmp_path_factory, "ashview", demo)


@pytest.fixture(scope="session")
def postgis() -> Iterator[postgres.Server]:
    """A PostGIS of the tests' own; GEO_POSTGIS=required fails where it cannot be started."""
    lacking = postgres.missing()
    if lacking:
        if os.environ.get("GEO_POSTGIS") == "required":
            pytest.fail(f"{lacking}, and GEO_POSTGIS=required")
        pytest.skip(lacking)
    with postgres.server() as server:
        yield server


@pytest.fixture
def geo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """Run the command line in an empty folder; the result has stdout, stderr and exit_code."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)

    def run(*args: str | Path) -> Result:
        result = CliRunner().invoke(cli.main, [str(arg) for arg in args])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def no_temporary_files(tmp_path, monkeypatch):
    """The folder for temporary files is not there: what needs it fails."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "no such folder"))
