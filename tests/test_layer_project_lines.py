"""geo.toml: every mistake is told with its line, and with the name that was probably meant."""

from __future__ import annotations

import pytest

from geo.errors import GeoError
from study.choices import Choices, load_project
from study.settings import HotspotSettings, IncidentSettings, PlanSettings

# text, line, what is said, the class whose settings are asked for
MISTAKES = {
    "no text": ('[project]\nname = "x"\n\n[layers]\nwards = 5\n', 5, "wards in [layers] is not a text", None),
    "above all": ('area = "Luton"\n', 1, "area stands outside a section", None),
    "a section": ("[hotspot]\neps = 3\n", 1, "did you mean hotspots?", None),
    "an option": ('[project]\narea = "L"\n[hotspots]\nepss = 3\n', 4, "did you mean eps?", None),
    "a layer": ('[layers]\nward = "x"\n', 2, "did you mean wards?", None),
    "of a group": ("[patrol.plan]\nteems = 2\n", 2, "did you mean teams?", None),
    "a key of a list": ('[[focal_points]]\nfile = "a"\nknd = "x"\n', 3, "did you mean kind?", None),
    "a heading": ("[columns.incidents]\nlon = 3\n", 2, "lon in [columns.incidents] is not a text", None),
    "a weight": ('[impact]\npersonal = "x"\n', 2, "not a weight", None),
    "a table for a value": ("[hotspots]\neps = {a = 1}\n", 2, "no single value", None),
    "a word for a number": ('[hotspots]\n# so far\neps = "far"\n', 3, "neither a number nor", HotspotSettings),
    "out of range": ("[patrol.plan]\n\nteams = -2\n", 3, "not in the range 1 to 20", PlanSettings),
    "quoted": ('[ "patrol" . plan ]\n"teams" = -2\n', 2, "not in the range 1 to 20", PlanSettings),
    "two answers": (
        '[hotspots]\nsince = "2024-01"\n[evaluate]\nsince = "2025-01"\n',
        4,
        "since is 2024-01 in [hotspots] and 2025-01 in [evaluate]",
        IncidentSettings,
    ),
    "no TOML": ("[layers]\nwards = [1,\nincidents = 2", 3, "not valid TOML", None),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_its_line(tmp_path, name):
    text, line, said, asked = MISTAKES[name]
    path = tmp_path / "geo.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GeoError) as error:
        project = load_project(path)
        assert asked is not None
        Choices(project, {}).of(asked)
    assert said in str(error.value)
    assert f"line {line}" in str(error.value)


def test_the_line_is_that_of_the_section_meant(tmp_path):
    path = tmp_path / "geo.toml"
    path.write_text('[hotspots]\nseed = 1\n[patrol.plan]\nseed = "one"\n', encoding="utf-8")
    with pytest.raises(GeoError, match="line 4"):
        Choices(load_project(path), {}).of(PlanSettings)
