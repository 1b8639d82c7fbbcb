"""A layer is described once: what follows from its description, and what adding one or a column of one takes."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import subprocess
import sys

import pandas as pd
import pytest
from conftest import ROOT

from geo.disclosure.columns import FORBIDDEN, LISTED
from geo.errors import GeoError
from layers import registry
from layers.describe import DOCUMENT, documented
from layers.project import LAYERS
from layers.reading.layer import AUDIENCES, Column, Layer

SHELTERS = '''"""Shelters: where one can wait out of the rain, and how many find room."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from layers.libraries import pd
from layers.reading.checks import Faults, finish, texts, whole_numbers
from layers.reading.layer import Column, Layer
from layers.reading.records import read_records
from layers.reading.report import ReadReport

SHELTERS = Layer(
    "shelters",
    (
        Column("place", "where it stands", "where, location", required=True, shown="public"),
        Column("seats", "how many find room", "capacity", kind="number", shown="partner"),
        Column("keeper", "who has the key", "key holder", personal=True),
    ),
    title="shelters from the rain",
)


def read_shelters(
    path: str | Path, *, columns: Mapping[str, str] | None = None, encoding: str | None = None
) -> tuple[pd.DataFrame, ReadReport]:
    """Return shelters (place, seats), and a report."""
    report = ReadReport("shelters")
    records = read_records(path, SHELTERS, report, columns=columns, encoding=encoding)
    rows, faults = records.rows, Faults(records.rows)
    table = pd.DataFrame(
        {"place": texts(rows, "place"), "seats": whole_numbers(rows, "seats", faults), "row": rows["row"]}
    )
    return finish(table, rows, faults, report, records.label, shown="place", layer=SHELTERS), report
'''
USES_IT = """
import json, sys
from pathlib import Path
import pandas as pd
from geo.disclosure.profiles import profile_named
from geo.disclosure.release import release
from layers import registry
from layers.audit.audit import audit_file
from layers.describe import DOCUMENT, documented
from layers.project import read_project

shelters, report = registry.read("shelters", sys.argv[1])
project = read_project(Path(sys.argv[2]), {})
internal, partner, public = (profile_named(one, registry.shown(one)) for one in ("internal", "partner", "public"))
out = Path(sys.argv[3])
breaks = {}
for name, columns in (("public", ["place", "row"]), ("keeper", ["place", "keeper"])):
    # a GeoPackage or a page names its layers; a CSV is judged by its columns
    shelters.assign(keeper="K. Example", row=1)[columns].to_csv(out / f"{name}.csv", index=False)
    breaks[name] = audit_file(out / f"{name}.csv", public).breaks
print(json.dumps({
    "rows": len(shelters), "columns": list(shelters.columns), "seats": list(shelters["seats"]),
    "aside": [part.reason for part in report.set_aside],
    "in geo.toml": list(project.layers), "used by": registry.unused(project.layers),
    "partner": sorted(release({"shelters": shelters.assign(keeper="K. Example")}, partner).layers["shelters"].columns),
    "public": sorted(release({"shelters": shelters.assign(keeper="K. Example")}, public).layers["shelters"].columns),
    "breaks": breaks, "document": documented(DOCUMENT.read_text(encoding="utf-8")),
}))
"""


@pytest.fixture
def house(tmp_path):
    """A copy of the tree, to add to."""
    for folder in ("geo", "layers", "docs"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "*.jpg"))
    return tmp_path


def add_layer(house, source=SHELTERS):
    """What CONTRIBUTING says: the file, and a line in READERS."""
    row = re.search(
        r"^\| a layer \(shelters\).*$", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.M
    ).group()
    assert "`layers/shelters.py`" in row
    assert "`READERS` in `layers/registry.py`" in row
    (house / "layers" / "shelters.py").write_text(source, encoding="utf-8")
    registered = house / "layers" / "registry.py"
    text = registered.read_text(encoding="utf-8")
    line = '    "shelters": "layers.shelters.read_shelters",\n'
    registered.write_text(text.replace("READERS = {\n", "READERS = {\n" + line, 1), encoding="utf-8")


def used(house, csv):
    (house / "shelters.csv").write_text(csv, encoding="utf-8")
    (house / "geo.toml").write_text('[layers]\nshelters = "shelters.csv"\n', encoding="utf-8")
    (house / "use.py").write_text(USES_IT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "use.py", "shelters.csv", "geo.toml", "."], cwd=house, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_layer_is_one_file_and_one_line(house):
    add_layer(house)
    document = house / "docs" / "formats.md"
    document.write_text(document.read_text() + "\n<!-- columns of shelters -->\n<!-- end -->\n")
    found = used(house, "Where,Capacity,Key holder\nBus stop,4,A. N. Other\nPark,many,\nBandstand,20,\n")
    assert found["seats"] == [4, 20]
    assert found["aside"] == ["seats is not a number, or is hidden"]
    assert found["columns"] == ["place", "seats"]  # nobody's name is read unless the reader asks for it
    assert found["in geo.toml"] == ["shelters"]
    assert found["used by"] == ["shelters"]  # no step uses it, and that can be said
    assert found["partner"] == ["place", "seats"]
    assert found["public"] == ["place"]
    assert found["breaks"] == {"public": False, "keeper": True}
    assert "| `shelters` | shelters from the rain | - | no step yet |" in found["document"]
    assert "| `keeper` | who has the key | text | key holder | no file (it points at a person) |" in found["document"]


def test_a_column_is_one_line(house):
    column = '        Column("lit", "whether a lamp burns", "lamp", shown="public"),\n'
    source = SHELTERS.replace("    ),\n    title=", column + "    ),\n    title=", 1)
    add_layer(house, source)
    document = house / "docs" / "formats.md"
    document.write_text(document.read_text() + "\n<!-- columns of shelters -->\n<!-- end -->\n")
    found = used(house, "Where,Capacity,Lamp\nBus stop,4,yes\n")
    assert found["public"] == ["lit", "place"]
    assert "| `lit` | whether a lamp burns | text | lamp | public files |" in found["document"]


COLUMN_USED = """
import json, pandas as pd
from layers import registry
from layers.log.check import check_engagement
log, _ = registry.read("engagements", "log.csv", today=pd.Timestamp("2025-12-31"))
asked = check_engagement({"date": "2025-01-02", "activity": "forum", "objective": "reassure", "ward_code": "W1",
    "weather": "rain"}).row
print(json.dumps([list(log["weather"]), asked["weather"], [name for name in ("public", "partner", "internal")
    if "weather" in registry.shown(name).get("engagements", ())]]))
"""


def test_a_column_of_the_log_is_one_line(house):
    """Read, logged and let through; the test beside sees it documented."""
    path = house / "layers" / "log" / "columns.py"
    text = path.read_text(encoding="utf-8")
    line = '        Column("weather", "what the sky did", "conditions", shown="partner"),\n'
    path.write_text(text.replace('        Column("role",', line + '        Column("role",', 1), encoding="utf-8")
    (house / "log.csv").write_text("date,activity,ward,Conditions\n2025-01-02,forum,W1,rain\n2025-01-03,forum,W1,\n")
    done = subprocess.run([sys.executable, "-c", COLUMN_USED], cwd=house, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["rain", None], "rain", ["partner", "internal"]]


def test_the_document_holds_the_descriptions():
    text = DOCUMENT.read_text(encoding="utf-8")
    assert documented(text) == text, "run: uv run python -m layers.describe"
    for name in registry.names():
        assert f"<!-- columns of {name} -->" in text


@pytest.mark.parametrize("name", registry.names())
def test_every_layer_is_described_and_read_by_a_function_of_its_name(name):
    layer = registry.layer(name)
    assert layer.name == name
    assert layer.title
    assert layer.used_by
    assert callable(registry.reader(name))
    names = [column.name for column in layer.columns]
    assert len(names) == len(set(names))
    assert set(layer.required) <= set(names)
    assert all(column.meaning for column in layer.columns)


def test_geo_toml_knows_the_layers_of_the_registry():
    assert registry.names() == LAYERS
    for name in registry.names():
        before = LAYERS[: LAYERS.index(name)]
        assert set(registry.needs(name)) <= set(before), "a layer stands below those it is checked against"
    assert registry.needs("engagements") == ("wards", "communities", "focal_points")
    assert registry.needs("deprivation") == ("wards", "lookup")


def test_profiles_and_descriptions_say_the_same():
    """What geo.disclosure lists of a layer that is read is what the layer shows: no wider, no narrower."""
    for audience in AUDIENCES:
        for name, columns in registry.shown(audience).items():
            own = {column.name for column in registry.layer(name).columns} | {"geometry"}
            assert LISTED[audience].get(name, frozenset()) & own == columns, (audience, name)
        assert registry.personal() <= FORBIDDEN[audience]


def test_a_circle_of_readers_gets_what_the_wider_one_gets():
    layer = Layer(
        "things",
        (Column("a", "a", shown="public"), Column("b", "b", shown="partner"), Column("c", "c", shown="internal"),
         Column("d", "d"), Column("e", "e", shown="public", personal=True)),
        shape="partner",
    )  # fmt: skip
    assert layer.shown_to("public") == {"a"}
    assert layer.shown_to("partner") == {"a", "b", "geometry"}
    assert layer.shown_to("internal") == {"a", "b", "c", "geometry"}


def test_any_layer_is_read_in_one_way(tmp_path):
    (tmp_path / "surveys.csv").write_text(
        "Ward;Frage;responses;positive;date\nE05000001;safe;20;12;2025-03-01\nE05000002;safe;10;5;2025-03-01\n"
    )
    wards = pd.DataFrame({"ward_code": ["E05000001"], "ward_name": ["Alder"]})
    context = registry.Context(
        columns={"surveys": {"measure": "Frage"}, "priorities": {"issue": "nowhere"}}, today=dt.date(2025, 6, 1)
    ).having("wards", wards)
    surveys, report = registry.read("surveys", tmp_path / "surveys.csv", context)
    assert list(surveys["ward_code"]) == ["E05000001"]
    assert surveys["positive"].sum() == 12
    assert report.read == 2
    context = registry.Context(columns=context.columns, today=dt.date(2025, 1, 1))
    with pytest.raises(GeoError, match="no usable row"):  # it lies in the future then
        registry.read("surveys", tmp_path / "surveys.csv", context)
    with pytest.raises(GeoError, match=r"No layer is called 'survey'\."):
        registry.read("survey", tmp_path / "surveys.csv")


def test_a_layer_that_no_step_uses_is_known():
    assert registry.unused({"wards": "w", "streets": "s"}) == []
    assert registry.unused({"wards": "w", "registers": "r", "surveys": "v"}, steps=["hotspots"]) == [
        "registers",
        "surveys",
    ]
