"""``geo log`` on the terminal: one engagement, from options and from questions, checked and added."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from console.talk import plain
from study.settings import LogSettings, SaySettings, SettingError, settings_of

if TYPE_CHECKING:
    import pandas as pd

    from study.study import Study

_POSITION = (("easting", "northing"), ("lon", "lat"))
_NEEDED = ("date", "activity", "objective")


def add_engagement(study: Study, chosen: LogSettings) -> None:
    """Ask for what is missing, check the row, add it, and say so."""
    row = {**_others(chosen.set), **_row(chosen)}
    _refuse_missing(row)
    from console.prompts import ask_missing, logged
    from layers.log.append import append_engagement, open_elsewhere
    from layers.log.check import check_engagement

    wards, points = _known(study)
    row = ask_missing(row, wards=wards, focal_points=points)
    checked = check_engagement(row, wards=wards, focal_points=points)
    for warning in checked.warnings:
        study.said.warn(warning)
    log = str(study.path("engagements"))
    if open_elsewhere(log):
        study.said.warn(f"{log} looks open in LibreOffice: saving it there would undo this row. Close it first.")
    engagement_id = append_engagement(
        log,
        checked.row,
        columns=study.project.columns.get("engagements"),
        encoding=chosen.encoding,
        create=chosen.create or log == study.project.layers.get("engagements"),
        dry_run=chosen.dry_run,
    )
    if study.settings(SaySettings).json:
        record = {"engagement_id": engagement_id, "log": log, "recorded": not chosen.dry_run, "row": checked.row}
        told = {**record, "warnings": study.said.warnings}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
    else:
        click.echo(plain(logged(engagement_id, checked.row, log, dry_run=chosen.dry_run)))


def _row(chosen: LogSettings) -> dict[str, str]:
    """Return {column: text} of what was given; several values of one column are joined by ``;``."""
    row = {}
    for name, one in settings_of(LogSettings).items():
        value: Any = getattr(chosen, name)
        if one.column and value:
            row[one.column] = value if isinstance(value, str) else ";".join(value)
    return row


def _others(pairs: tuple[str, ...]) -> dict[str, str]:
    """Return {column: value} for texts such as ``venue_type=school``."""
    found: dict[str, list[str]] = {}
    for text in pairs:
        name, sign, cell = text.partition("=")
        if not sign or not name.strip():
            raise SettingError("set", f"{text!r} is not COLUMN=VALUE, as in venue_type=school.")
        found.setdefault(name.strip().replace("-", "_"), []).append(cell)
    return {name: ";".join(cells) for name, cells in found.items()}


def _known(study: Study) -> tuple[pd.DataFrame | None, pd.DataFrame | None]:
    """Return the wards and focal points of the project, to check a place against; None for what was not named."""
    wards, points = study.path("wards"), study.path("focal_points")
    columns = study.project.columns
    known_wards = known_points = None
    if wards:
        from layers.wards import read_wards

        known_wards = read_wards(wards, columns=columns.get("wards"))[0]
    if points:
        from layers.focal_points import read_focal_points

        known_points = read_focal_points(points, columns=columns.get("focal_points"))[0]
    return known_wards, known_points


def someone_is_there() -> bool:
    """Return whether questions can be asked: standard input is a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def _refuse_missing(row: Mapping[str, str]) -> None:
    """Raise a UsageError naming what an engagement lacks, unless somebody is there to be asked for it."""
    for first, second in _POSITION:
        if (first in row) != (second in row):
            raise click.UsageError(f"--{first} and --{second} belong together: give both.")
    missing = [f"--{name}" for name in _NEEDED if name not in row]
    if not any(name in row for name in ("ward_code", "focal_point_id", "easting", "lon", "x", "geopoint")):
        missing.append("--ward or --focal-point (or --easting and --northing)")
    if missing and not someone_is_there():
        raise click.UsageError(f"Missing {', '.join(missing)}.")
