"""The shape of the house: who may import whom, what the command line promises, what must never be committed."""

from __future__ import annotations

import ast
import importlib
import inspect
import json
import platform
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from importlib import metadata

import click
import pytest
from conftest import ROOT

import cli
from console.options import every_command

FOLDERS = ("geo", "layers", "maps", "data", "study", "console")
MAY_IMPORT = {
    "geo": {"geo"},
    "data": {"data"},
    "layers": {"layers", "geo.errors", "geo.crs"},
    "maps": {"maps", "geo.errors", "geo.crs"},
    "study": {"study", "geo", "layers", "maps"},
    "console": {"console", "study", "geo", "layers", "maps"},
    "cli": {"cli", "console", "study", "geo", "layers", "maps", "data"},
}
SOURCES = [ROOT / "cli.py", *(path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))]


# what draws the house in the docs reads the same imports
_DRAWN = runpy.run_path(str(ROOT / "docs" / "make_architecture.py"))
module_of, imports_of = _DRAWN["module_of"], _DRAWN["imports_of"]


@pytest.mark.parametrize("path", SOURCES, ids=module_of)
def test_imports_run_one_way(path):
    allowed = MAY_IMPORT[module_of(path).split(".")[0]]
    for name in imports_of(path):
        assert any(name == one or name.startswith(f"{one}.") for one in allowed), f"{module_of(path)} imports {name}"


def test_help_loads_nothing_heavy():
    heavy = "numpy pandas geopandas folium sklearn scipy shapely pyarrow rich".split()
    code = f"import sys, cli; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


RELIED_ON = {
    "geo.hotspots.dbscan.dbscan": "xy * eps_m min_incidents weights",
    "geo.hotspots.find_hotspots": "incidents area * eps_m min_incidents",
    "geo.engagement.rates.posterior": "observed expected * threshold level",
    "geo.patrol.plan.solve": "prizes minutes * budget_minutes start end dwell_minutes windows seconds seed",
    "geo.evaluation.accuracy.predictive_accuracy": "observed predicted area",
    "geo.evaluation.intervention.weighted_displacement_difference": (
        "treated control * displacement_treated displacement_control area_weights time_weights"
    ),
    "geo.evaluation.intervention.ratio_of_ratios": "treated control * displacement_treated displacement_control",
    "geo.evaluation.trial.draw": "places * per_day days seed",
    "geo.evaluation.trial.result": "counts drawn * redraws seed",
    "geo.hotspots.register.match": "register hotspots",
    "layers.read_wards": "paths",
    "layers.read_incidents": "path",
    "layers.read_communities": "path",
    "layers.read_focal_points": "path",
    "layers.read_engagements": "path",
    "maps.analyst_map": "hotspots",
    "maps.inspector_map": "wards",
    "maps.workshop_map": "wards",
    "maps.save_page": "the_map path",
    "study.open": "project",
}


@pytest.mark.parametrize("name", RELIED_ON)
def test_what_scripts_elsewhere_call_is_there(name):
    module, function = name.rsplit(".", 1)
    parameters = inspect.signature(getattr(importlib.import_module(module), function)).parameters
    positional = [one.name for one in parameters.values() if one.kind is one.POSITIONAL_OR_KEYWORD]
    wanted, _, keywords = RELIED_ON[name].partition("* ")
    assert positional[: len(wanted.split())] == wanted.split()
    assert set(keywords.split()) <= set(parameters)


def test_the_names_that_the_docs_list_are_there():
    """docs/python.md: a study's attributes, and functions by their module; a bare name is of the module before it."""
    text = (ROOT / "docs" / "python.md").read_text(encoding="utf-8")
    study, parts = text.split("## The parts")
    cells = [line.split("|")[1] for line in study.splitlines() if line.startswith("| `")]
    members = re.findall(r"`\.(\w+)", " ".join(cells))
    assert len(members) >= 14
    held = importlib.import_module("study.study").Study
    assert not [name for name in members if not (hasattr(held, name) or name == "said")]
    listed = set()
    for line in parts.splitlines():
        module = ""
        for name in re.findall(r"`([\w.]+)`", line.split("|")[1]) if line.startswith("| `") else []:
            module, function = name.rsplit(".", 1) if "." in name else (module, name)
            assert callable(getattr(importlib.import_module(module), function)), name
            listed.add(f"{module}.{function}")
    assert {name for name in RELIED_ON if name != "study.open"} <= listed


def test_the_notebook_in_the_docs_runs(finished_demo, tmp_path, monkeypatch):
    shutil.copytree(finished_demo, tmp_path / "ashview")
    monkeypatch.chdir(tmp_path)
    cells = json.loads((ROOT / "docs" / "notebook.ipynb").read_text(encoding="utf-8"))["cells"]
    names: dict[str, object] = {}
    for cell in cells:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), "notebook", "exec"), names)
    assert (tmp_path / "found" / "hotspots.html").is_file()


def test_a_package_has_no_other_names():
    assert not hasattr(importlib.import_module("layers"), "read_everything")
    assert not hasattr(importlib.import_module("maps"), "folium_map")


def test_scikit_learn_is_not_loaded_to_find_hot_spots():
    code = "import sys, geo.hotspots.words, maps.hotspots, layers.incidents; print('sklearn' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_the_version_says_what_a_report_of_a_fault_needs(geo):
    first, second = geo("--version").stdout.splitlines()
    assert first == f"geo, version {metadata.version('geo-engagement')}"
    assert second.startswith(f"python {platform.python_version()}, platform {sys.platform}, ")
    assert f"pandas {metadata.version('pandas')}" in second
    assert f"pyogrio {metadata.version('pyogrio')}" in second


COMMANDS = dict(sorted(every_command(cli.main)))


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_with_an_example(name):
    command = COMMANDS[name]
    assert "Example: geo " in (command.help or "")
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, f"geo {name} {option.opts[0]} has no help"


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_runs_on_the_sample(geo, finished_demo, name):
    example = re.search(r"Example: geo (.+)", COMMANDS[name].help.replace("\n", " ")).group(1)
    if name == "demo":
        return  # it ran once, for all tests that need what it leaves
    shutil.copytree(finished_demo, "ashview")
    if name in ("trial today", "trial result"):  # they go on with the trial that was designed before them
        designed = re.search(r"Example: geo (.+)", COMMANDS["trial design"].help.replace("\n", " ")).group(1)
        assert geo(*shlex.split(designed), "--runs", "19").exit_code == 0
    result = geo(*shlex.split(example))
    assert result.exit_code == 0, result.stderr


def test_every_command_line_in_the_readme_runs(geo):
    """Lines that begin with ``geo`` in README's code blocks, in their order, in one folder."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:sh|console|bash)?\n(.*?)```", text, re.S)
    lines = [line for block in blocks for line in block.splitlines() if re.match(r"(uv run )?geo ", line)]
    assert any("geo demo" in line for line in lines)
    for line in lines:
        if "PATH/TO" in line:
            continue
        result = geo(*shlex.split(line.split("#")[0].removeprefix("uv run ").removeprefix("geo ")))
        assert result.exit_code == 0, f"{line}: {result.stderr}"


def test_test_files_have_distinct_names_and_no_public_name_is_collected():
    names = [path.name for path in (ROOT / "tests").rglob("*.py")]
    assert len(names) == len(set(names))
    for path in SOURCES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not [
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
        ]


def test_nothing_is_tracked_that_must_not_be():
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    files = [ROOT / name for name in listed.stdout.splitlines()]
    assert not [path for path in files if path.name in ("uv.lock", "poetry.lock", "package-lock.json")]
    for path in files:
        if path.is_file():
            limit = 300_000 if path.suffix in (".png", ".jpg", ".webp") else 1_000_000
            assert path.stat().st_size <= limit, path
