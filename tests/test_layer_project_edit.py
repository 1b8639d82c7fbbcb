"""One line of geo.toml is changed, and nothing else of it."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GeoError
from layers.project_edit import with_number


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[hotspots]\neps = 75\n"),
        ('[project]\narea = "Luton"\n', '[project]\narea = "Luton"\n\n[hotspots]\neps = 75\n'),
        ("[hotspots]\n# ours\nruns = 19\n[map]\n", "[hotspots]\neps = 75\n# ours\nruns = 19\n[map]\n"),
        ("[hotspots] # a\neps=120 # by hand\n[map]\neps = 3\n", "[hotspots] # a\neps = 75\n[map]\neps = 3\n"),
    ],
)
def test_one_line_is_changed(tmp_path, before, after):
    path = tmp_path / "geo.toml"
    path.write_text(before, encoding="utf-8")
    path.write_bytes(with_number(path, "hotspots", "eps", 75.0))
    assert path.read_text(encoding="utf-8") == after


@pytest.mark.parametrize(
    "text",
    ["hotspots = {eps = 3}\n", '[hotspots]\n"eps" = 3\n', 'a = """\n[hotspots]\n"""\n', "[hotspots]\neps = [\n 3]\n"],
)
def test_what_cannot_be_changed_by_one_line_is_left_alone(tmp_path, text):
    path = tmp_path / "geo.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GeoError, match=r"eps under \[hotspots\] could not be changed safely"):
        path.write_bytes(with_number(path, "hotspots", "eps", 75.0))
    assert path.read_text(encoding="utf-8") == text


def test_what_is_no_toml_is_refused(tmp_path):
    path = tmp_path / "geo.toml"
    path.write_text("[hotspots\n", encoding="utf-8")
    with pytest.raises(GeoError, match="not valid TOML"):
        with_number(path, "hotspots", "eps", 75.0)


names = st.sampled_from(["project", "hotspots", "map", "patrol.plan"])
keys = st.sampled_from(["eps", "runs", "out", "null"])


@given(st.dictionaries(names, st.dictionaries(keys, st.integers(0, 999), max_size=3), max_size=4), st.integers(1, 500))
def test_everything_else_stays(tmp_path_factory, tables, value):
    text = "\n".join(
        line for name, rows in tables.items() for line in [f"[{name}]", *(f"{k} = {v}" for k, v in rows.items())]
    )
    path = tmp_path_factory.mktemp("toml") / "geo.toml"
    path.write_text(text, encoding="utf-8")
    wanted = tomllib.loads(text)
    path.write_bytes(with_number(path, "hotspots", "eps", float(value)))
    wanted.setdefault("hotspots", {})["eps"] = value
    assert tomllib.loads(path.read_text(encoding="utf-8")) == wanted
