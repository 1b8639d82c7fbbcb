"""The files of a trial: trial.json (sealed protocol), trial_schedule.csv (who is drawn when), trial.gpkg (ground)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import GeoError
from layers.libraries import gpd, pd
from layers.reading.sniff import read_bytes
from layers.reading.vector import read_geopackage
from layers.writing.write import write_csv, write_geopackage, write_json

PROTOCOL, SCHEDULE, GROUND = "trial.json", "trial_schedule.csv", "trial.gpkg"
_DESIGNED = "Name the trial.json that geo trial design wrote, with {SCHEDULE} and {GROUND} beside it."


def write_protocol(path: Path, record: Mapping[str, Any]) -> None:
    """Write what was decided, its seal included."""
    write_json(path, record)


def write_schedule(path: Path, schedule: pd.DataFrame) -> None:
    """Write who is drawn when: a row a date, a column a place, 1 where it is drawn."""
    write_csv(path, schedule.astype(int).reset_index(names="date"))


def write_ground(path: Path, places: gpd.GeoDataFrame) -> None:
    """Write the ground of the trial's places, frozen with the protocol."""
    write_geopackage(path, {"places": places})


def read_trial(path: Path) -> tuple[dict[str, Any], pd.DataFrame, gpd.GeoDataFrame]:
    """Return the protocol as a record, the schedule (index: dates, True where drawn) and the places of a trial.

    Nothing is checked against the seal here: that is asked of the three together. Raises GeoError for files that are
    missing, damaged or something else.
    """
    hint = _DESIGNED.format(SCHEDULE=SCHEDULE, GROUND=GROUND)
    try:
        record = json.loads(read_bytes(path).decode("utf-8"))
    except (UnicodeDecodeError, ValueError):
        raise GeoError(f"{path}: this is no protocol of a trial.", hint) from None
    if not isinstance(record, dict) or "seal" not in record:
        raise GeoError(f"{path}: this is no protocol of a trial (it has no seal).", hint)
    return record, _schedule(path.parent / SCHEDULE, hint), _ground(path.parent / GROUND, hint)


def _schedule(path: Path, hint: str) -> pd.DataFrame:
    from io import BytesIO

    try:
        table = pd.read_csv(BytesIO(read_bytes(path)))
        table.index = pd.Index([pd.Timestamp(day).date() for day in table.pop("date")], name="date")
        odd = [name for name in table if not table[name].isin([0, 1]).all()]
    except (KeyError, ValueError, TypeError) as error:
        raise GeoError(f"{path}: this is no schedule of a trial ({error}).", hint) from None
    if odd:
        raise GeoError(f"{path}: column {odd[0]} holds more than 0 and 1.", "Take the schedule as it was written.")
    return table.astype(bool)


def _ground(path: Path, hint: str) -> gpd.GeoDataFrame:
    places = read_geopackage(path, ("places",)).get("places")
    if places is None or not {"hotspot_id", "name"} <= set(places):
        raise GeoError(f"{path}: it holds no places of a trial.", hint)
    return places
