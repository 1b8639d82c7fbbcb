"""The law of one study: a setting in geo.toml means the same to every command that uses its step, and to Python."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest
from conftest import ROOT

import study
from geo.errors import GeoError
from study.choices import COMMANDS, OWN, Choices, load_project, sort_arguments
from study.settings import (
    HotspotSettings,
    IncidentSettings,
    LogSettings,
    PageSettings,
    Setting,
    SettingError,
    default,
    parse,
    settings_of,
)

# every step, and the commands that use it
STEPS = sorted({cls for one in COMMANDS.values() for cls in (*one.settings, *one.uses)}, key=lambda cls: cls.__name__)
FIELDS = [(cls, name) for cls in STEPS for name in settings_of(cls)]
NAMES = [f"{cls.__name__}.{name}" for cls, name in FIELDS]


def toml(value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return "[" + ", ".join(toml(one) for one in value) + "]"
    return str(value) if isinstance(value, int | float) else f'"{value}"'


def good(one: Setting, name: str):
    """A value that can be used and is not the default."""
    if one.kind == "flag":
        return True
    if one.kind in ("number", "whole"):
        low = 1 if one.low is None else one.low
        return int(low) + 1 if one.high is None or int(low) + 1 < one.high else (low + one.high) / 2 + 0.01
    if one.kind == "choice":
        return one.choices[-1]
    words = {"day": "2025-03-14", "period": "2025-03"}.get(one.kind, "something")
    words = "Europe/Dublin" if one.unit == "ZONE" else words
    return [words] if one.several else words


def bad(one: Setting) -> list:
    """Values that cannot be used: of another kind, out of the range, or not one of the choices."""
    found: list = []
    if one.kind in ("number", "whole"):
        found += ["many", True]
        if one.low is not None:
            found.append(one.low if one.above else one.low - 1)
        if one.high is not None:
            found.append(one.high + 1)
        if one.kind == "whole":
            found.append((one.low or 0) + 0.5)
    elif one.kind == "flag":
        found.append("perhaps")
    elif one.kind == "choice":
        found.append("something else")
    elif one.kind in ("day", "period"):
        found += ["2025-02-30", "soon"]
    elif not one.column:
        found.append("")
    return found


def section_of(command: str) -> str:
    return f"[{command.replace(' ', '.')}]"


def shown_by(cls) -> str:
    """A command in whose section the setting may stand."""
    return next(name for name, one in COMMANDS.items() if cls in one.settings)


def choices_of(tmp_path: Path, text: str, command: str) -> Choices:
    (tmp_path / "geo.toml").write_text(text, encoding="utf-8")
    return Choices(load_project(tmp_path / "geo.toml"), {}, command=command)


@pytest.mark.parametrize(("cls", "name"), FIELDS, ids=NAMES)
def test_a_good_value_reaches_every_command_that_uses_the_step(tmp_path, cls, name):
    one, value = settings_of(cls)[name], good(settings_of(cls)[name], name)
    home = shown_by(cls)
    text = f"{section_of(home)}\n{name.replace('_', '-')} = {toml(value)}\n"
    held = set()
    for command, spec in COMMANDS.items():
        if cls not in (*spec.settings, *spec.uses) or (cls in OWN and command != home):
            continue
        choices = choices_of(tmp_path, text, command)
        held.add(str(choices.values(cls)[name].value))
        if name not in ("method", "diary", "record", "tiles", "scheduler"):  # these need another setting beside them
            wanted = one.read(name, str(tmp_path / value) if one.kind == "path" and not one.several else value)
            if one.kind == "path" and one.several:
                wanted = tuple(str(tmp_path / part) for part in value)
            assert getattr(choices.of(cls), name) == wanted
            assert choices.record((cls,))[name]["from"] == "geo.toml"
    assert len(held) == 1, "one study has one answer"


@pytest.mark.parametrize(("cls", "name"), FIELDS, ids=NAMES)
def test_a_bad_value_is_refused_alike_everywhere(tmp_path, cls, name):
    one, home = settings_of(cls)[name], shown_by(cls)
    for value in bad(one):
        with pytest.raises(SettingError) as direct:
            parse(cls, {name: [value] if one.several else value})
        text = f"{section_of(home)}\n{name.replace('_', '-')} = {toml([value] if one.several else value)}\n"
        for command, spec in COMMANDS.items():
            if cls not in (*spec.settings, *spec.uses) or (cls in OWN and command != home):
                continue
            with pytest.raises(GeoError) as refused:
                choices_of(tmp_path, text, command).of(cls)
            if isinstance(refused.value, SettingError):
                assert direct.value.problem in refused.value.problem, "the same words, and where it stands"
                assert "geo.toml" in refused.value.problem


@pytest.mark.parametrize("cls", STEPS, ids=lambda cls: cls.__name__)
def test_every_setting_says_what_it_is(cls):
    for name, one in settings_of(cls).items():
        assert one.help.endswith((".", "?")) or one.help.endswith("cp1252."), name
        value = default(cls, name)
        assert isinstance(value, tuple) == one.several
        if value not in (None, (), "", "today"):
            assert one.read(name, list(value) if one.several else value) == value, "the default can be used"


def test_sections_that_disagree_are_refused(tmp_path):
    text = '[engagement]\nas-of = "2025-12-31"\n[map]\nas-of = "2026-01-31"\n'
    from study.settings import DaySettings

    with pytest.raises(GeoError) as refused:
        choices_of(tmp_path, text, "patrol plan").of(DaySettings)
    assert "as-of is 2025-12-31 in [engagement] and 2026-01-31 in [map]" in str(refused.value)
    assert "One study has one answer" in str(refused.value)
    same = text.replace("2026-01-31", "2025-12-31")
    assert choices_of(tmp_path, same, "patrol plan").of(DaySettings).as_of == "2025-12-31"


def test_layers_in_any_section_are_meant_from_the_folder_of_geo_toml(tmp_path):
    choices = choices_of(tmp_path, '[engagement]\ncontext = "context.csv"\n[patrol.plan]\nwalked = "c.gpkg"\n', "map")
    assert choices.layer("context", {}) == str(tmp_path / "context.csv")
    from study.settings import PlanSettings

    assert choices.of(PlanSettings).walked == str(tmp_path / "c.gpkg")


def test_an_argument_wins_over_geo_toml_and_a_name_belongs_to_the_first_step(tmp_path):
    (tmp_path / "geo.toml").write_text('[hotspots]\neps = 100\nsince = "2025-01"\n', encoding="utf-8")
    opened = study.open(tmp_path / "geo.toml", eps=150, engagement={"since": "2024-01-01"})
    assert opened.settings(HotspotSettings).eps == 150
    assert opened.settings(IncidentSettings).since == "2025-01"
    layers, typed = sort_arguments({"wards": "w.geojson", "since": "2025-02"})
    assert layers == {"wards": "w.geojson"}
    assert typed == {IncidentSettings: {"since": "2025-02"}}
    with pytest.raises(SettingError, match="epsilon: neither a layer nor a setting"):
        study.open(epsilon=5)


def test_no_two_settings_of_one_command_share_a_name():
    for name, one in COMMANDS.items():
        options = [field for cls in one.settings for field in settings_of(cls)]
        assert len(options) == len(set(options)), name


# --- the two projects that answered twice -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ashview(finished_demo, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("one_study") / "ashview"
    shutil.copytree(finished_demo, folder, ignore=shutil.ignore_patterns("results", ".geo-cache"))
    return folder


def headline_share(geo_run, *words) -> str:
    result = geo_run(*words)
    assert result.exit_code == 0, result.stderr
    return result.stdout.split(" reports")[0].split(" hold ")[1].split(" of ")[0]


def test_hdbscan_in_geo_toml_gives_one_answer(ashview, geo):
    text = (ashview / "geo.toml").read_text(encoding="utf-8")
    (ashview / "hdbscan.toml").write_text(
        text.replace("[hotspots]\n", '[hotspots]\nmethod = "hdbscan"\nmin-incidents = 30\n'), encoding="utf-8"
    )
    project = ("--project", ashview / "hdbscan.toml", "--quiet")
    alone = headline_share(geo, "hotspots", *project, "--out", "a")
    assert headline_share(geo, "map", "--audience", "analyst", *project, "--out", "b") == alone
    assert headline_share(geo, "map", "--audience", "inspector", *project, "--out", "c") == alone


def test_an_encoding_in_geo_toml_reaches_every_command(ashview, geo):
    incidents = (ashview / "incidents.csv").read_text(encoding="utf-8").replace("Easington Way", "Café Way")
    (ashview / "cp1252.csv").write_bytes(incidents.encode("cp1252", "replace"))
    text = (ashview / "geo.toml").read_text(encoding="utf-8").replace('"incidents.csv"', '"cp1252.csv"')
    (ashview / "cp1252.toml").write_text(
        text.replace("[hotspots]\n", '[hotspots]\nencoding = "cp1252"\nruns = 19\n'), encoding="utf-8"
    )
    project = ("--project", ashview / "cp1252.toml", "--quiet")
    for words in (
        ("hotspots",),
        ("engagement",),
        ("map", "--audience", "analyst"),
        ("patrol", "plan", "--seconds", "1"),
    ):
        result = geo(*words, *project, "--out", f"out-{words[0]}")
        assert result.exit_code == 0, result.stderr
    assert "Café Way" in Path("out-hotspots/hotspots.csv").read_text(encoding="utf-8")


def test_false_statements_from_unchecked_values_are_gone(ashview, geo):
    text = (ashview / "geo.toml").read_text(encoding="utf-8")
    (ashview / "runs.toml").write_text(text.replace("[hotspots]\n", "[hotspots]\nruns = 3\n"), encoding="utf-8")
    (ashview / "rule.toml").write_text(
        text.replace("[engagement]\n", "[engagement]\nthreshold = 5\n"), encoding="utf-8"
    )
    for words in (("hotspots",), ("map", "--audience", "analyst"), ("patrol", "plan")):
        result = geo(*words, "--project", ashview / "runs.toml", "--out", "never")
        assert result.exit_code == 2
        assert "[hotspots] runs: 3 is not in the range 19 to 99,999." in result.stderr
    for words in (("engagement",), ("map", "--audience", "inspector")):
        result = geo(*words, "--project", ashview / "rule.toml", "--out", "never")
        assert result.exit_code == 2
        assert "threshold: 5 is not in the range more than 0, at most 1." in result.stderr
    assert not Path("never").exists()


def test_log_and_page_settings_name_their_command():
    assert shown_by(LogSettings) == "log"
    assert shown_by(PageSettings) == "map"


def test_the_table_in_the_docs_is_made_from_the_settings():
    made = runpy.run_path(str(ROOT / "docs" / "make_settings.py"))["settings_page"]()
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == made, "uv run python docs/make_settings.py"
