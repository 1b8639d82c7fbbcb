"""A trial that runs while policing goes on: the files of ``geo trial design``, ``today`` and ``result``."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd

from geo.errors import GeoError, counted, listed
from geo.evaluation.trial import (
    Protocol,
    carry_over,
    check_seal,
    compliance,
    conclude,
    design,
    eligible,
    place_days,
    today,
)
from layers.trial_files import GROUND, PROTOCOL, SCHEDULE, read_trial, write_ground, write_protocol, write_schedule
from study.afterwards import made, register_places
from study.deliver import Made, Output
from study.settings import SettingError, TrialDaySettings, TrialDesignSettings, TrialResultSettings
from study.tables import Sheet, headings

if TYPE_CHECKING:
    from geo.hotspots import HotspotResult
    from study.study import Study


class Trial(NamedTuple):
    """A trial as designed: ``places``: its ground, with ``hotspot_id`` and ``name``."""

    protocol: Protocol
    schedule: pd.DataFrame
    places: gpd.GeoDataFrame

    def drawn(self, day: dt.date) -> gpd.GeoDataFrame:
        """Return the places drawn for a day; GeoError where the trial was changed or does not run."""
        return self.places[self.places["hotspot_id"].isin(today(self.protocol, self.schedule, day))]


def design_output(study: Study) -> Output:
    """Return the files of ``geo trial design``."""
    names = (PROTOCOL, "trial.txt", SCHEDULE, GROUND, "trial_places.csv", "trial_run.json")
    return Output("trial design", names, lambda: _design(study))


def _design(study: Study) -> Made:
    from layers.writing.write import write_csv

    chosen = study.settings(TrialDesignSettings)
    if chosen.first_day is None:
        raise SettingError("first_day", "No first day was given.", "Give one that lies ahead: `first-day` 2026-02-02.")
    excluded = _excluded(chosen.exclude)
    places = _candidates(study)
    table = eligible(places, apart_m=chosen.apart, excluded=excluded)
    kept = table.loc[table["eligible"], "hotspot_id"].tolist()
    if len(kept) < 2:
        raise GeoError(
            f"{counted(len(kept), 'place')} of {len(table)} can be used.",
            "A trial needs two at the least; about 20 is usual.",
        )
    ground = places[places["hotspot_id"].isin(kept)].sort_values("hotspot_id", ignore_index=True)
    protocol = Protocol(
        tuple(ground["hotspot_id"]),
        dt.date.fromisoformat(chosen.first_day),
        chosen.days,
        chosen.per_day or max(1, round(len(ground) / 3)),
        chosen.draw_seed,
        chosen.outcome,
        ring_m=chosen.ring,
        washout_days=chosen.washout,
        day_starts=chosen.day_starts,
        fall=chosen.fall,
        rate=_rate(study, ground),
        written_on=study.written_on,
        excluded=tuple((str(row.hotspot_id), str(row.reason)) for row in table[~table["eligible"]].itertuples()),
    )
    sealed, schedule = design(protocol)
    if sealed.written_on is not None and sealed.written_on >= sealed.first_day:
        study.said.warn(f"The first day, {sealed.first_day}, is not after today: a protocol is written before it.")
    text = sealed.text().splitlines()
    files = {
        PROTOCOL: lambda path: write_protocol(path, _record(sealed)),
        "trial.txt": lambda path: path.write_text("\n".join(text) + "\n", encoding="utf-8", newline="\n"),
        SCHEDULE: lambda path: write_schedule(path, schedule),
        GROUND: lambda path: write_ground(path, ground[["hotspot_id", "name", "geometry"]]),
        "trial_places.csv": lambda path: write_csv(path, table),
    }
    results = {"places": len(ground), "per_day": sealed.per_day, "days": sealed.days, "seal": sealed.seal}
    return Made(files, text[0], results, value=(sealed, text))


def _candidates(study: Study) -> gpd.GeoDataFrame:
    """Return the places of the register; those found now, with the ids it would give, where there is none."""
    from geo.hotspots.register import match, named

    places = register_places(study)
    if places is not None:
        return places
    study.said.warn("No register of hot spots beside geo.toml: the ids are this trial's own.")
    spots = study.hotspots.hotspots
    register, states = match(None, spots)
    return named(spots, register, states)[["hotspot_id", "name", "incidents", "geometry"]]


def _excluded(given: Sequence[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    for one, (_, sign, reason) in zip(given, pairs, strict=True):
        if not sign or not reason.strip():
            raise SettingError("exclude", f"{one!r} says no reason.", "Write HS-0004=a prison dominates it.")
    return {hotspot_id.strip(): reason.strip() for hotspot_id, _, reason in pairs}


def _rate(study: Study, ground: gpd.GeoDataFrame) -> float | None:
    """Return the reports a place-day in the months covered; None where the reports are not by day."""
    points, months = study.incidents, study.months
    if "occurred_from" not in points or not months:
        return None
    days = sum(pd.Period(month).days_in_month for month in months)
    inside = points.sjoin(ground[["geometry"]], predicate="intersects").index.nunique()
    return round(inside / days / len(ground), 4)


def today_output(study: Study) -> Output:
    """Return the files of ``geo trial today``."""
    day = study.settings(TrialDaySettings).date
    names = (f"trial_{day}.csv", f"trial_{day}.gpkg", f"trial_{day}_run.json")
    return Output("trial today", names, lambda: _today(study, day))


def _today(study: Study, day: str) -> Made:
    from layers.writing.write import write_csv, write_geopackage

    drawn = trial_of(study.settings(TrialDaySettings).trial).drawn(dt.date.fromisoformat(day))
    files = {
        f"trial_{day}.csv": lambda path: write_csv(path, pd.DataFrame(drawn[["hotspot_id", "name"]])),
        f"trial_{day}.gpkg": lambda path: write_geopackage(path, {"places": drawn}),
    }
    told = [f"{day}: {counted(len(drawn), 'place')} drawn, and no other of the trial."]
    told += [f"{row.hotspot_id}  {row.name}" for row in drawn[["hotspot_id", "name"]].itertuples(index=False)]
    told.append(f"geo patrol plan --date {day} --trial {study.settings(TrialDaySettings).trial} plans them.")
    return Made(files, told[0], {"date": day, "places": drawn["hotspot_id"].tolist()}, value=(drawn, told))


def result_output(study: Study) -> Output:
    """Return the files of ``geo trial result``."""
    names = ("trial_result.txt", "trial_result.csv", "trial_result.xlsx", "trial_result_run.json")
    return Output("trial result", names, lambda: _result(study))


def _result(study: Study) -> Made:
    chosen = study.settings(TrialResultSettings)
    trial = trial_of(chosen.trial)
    on = dt.date.fromisoformat(chosen.as_of)
    counts, ring = (place_days(study.incidents, trial.places, trial.protocol, ring=part) for part in (False, True))
    covered = study.months
    days = [day for day in trial.schedule.index if day < on]
    missing = sorted({f"{day:%Y-%m}" for day in days} - set(covered))
    if missing:
        raise GeoError(
            f"The reports do not cover {listed(missing, 3)} of the trial.",
            "Bring those months: a day without data is no 0.",
        )
    found, told = conclude(trial.protocol, trial.schedule, counts, on=on, peek=chosen.peek, redraws=chosen.redraws)
    beside, _ = conclude(trial.protocol, trial.schedule, ring, on=on, peek=True, redraws=chosen.redraws)
    if beside.ratio == beside.ratio:
        told.append(
            f"In the rings of {trial.protocol.ring_m:g} m: {100 * (beside.ratio - 1):+.0f} %, p = {beside.p:.2f} "
            "(above 0: reports may have moved there)."
        )
    drawn = trial.schedule.loc[days]
    lingers = carry_over(counts.loc[days], drawn)
    walked = compliance(drawn, _walked(trial, chosen.checked, study).loc[days])
    if chosen.checked:
        told.append(_followed(walked))
    rows = _long(drawn, "drawn").assign(
        reports=_long(counts.loc[days], "reports")["reports"], ring_reports=_long(ring.loc[days], "ring")["ring"]
    )
    sheets = [
        Sheet("place-days", "How many reports, where and when?", " ".join(told), rows, headings(rows)),
        Sheet(
            "days since",
            "Does an effect linger?",
            "Reports by days since a place was drawn.",
            lingers,
            headings(lingers),
        ),
        Sheet("followed", "Was the draw followed?", "The result is as drawn, not as walked.", walked, headings(walked)),
    ]
    record = {
        "ratio": found.ratio,
        "low": found.low,
        "high": found.high,
        "p": found.p,
        "peek": bool(len(days) < trial.protocol.days),
    }
    return made("trial_result", study, told, sheets, found, {"trial_result.csv": rows}, results=record)


def _long(table: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a row a place and day."""
    return table.rename_axis("date").reset_index().melt("date", var_name="hotspot_id", value_name=name)


def _walked(trial: Trial, checked: Sequence[str], study: Study) -> pd.DataFrame:
    """Return whether each place was visited on each day: True, False, or missing on days without a recording."""
    from layers.plans.checked import read_checked

    walked = pd.DataFrame(None, index=trial.schedule.index, columns=trial.schedule.columns, dtype=object)
    if not checked:
        return walked
    stays, _ = read_checked(list(checked), zone=study.clock)
    start = pd.Timedelta(hours=trial.protocol.day_starts)
    day = (stays["begins"].dt.tz_localize(None) - start).dt.date
    walked.loc[walked.index.isin(set(day))] = False
    counts = stays[stays["counts"]].to_crs(trial.places.crs)
    hits = gpd.sjoin(counts[["geometry"]], trial.places, predicate="dwithin", distance=trial.protocol.ring_m / 2)
    for row in hits.itertuples():
        if day[row.Index] in walked.index:
            walked.loc[day[row.Index], row.hotspot_id] = True
    return walked


def _followed(table: pd.DataFrame) -> str:
    rows = table.set_index("drawn")
    on, off = rows.loc[True], rows.loc[False]
    return (
        f"Of {on['place_days']:,} place-days drawn {on['visited']:,} were visited, {on['not_visited']:,} not, "
        f"{on['unknown']:,} are not known; of {off['place_days']:,} not drawn {off['visited']:,} were visited."
    )


def trial_of(path: str | None) -> Trial:
    """Return a trial, its seal checked. Raises GeoError for one that is none, or was changed."""
    if path is None:
        raise SettingError("trial", "No trial was named.", "Name the trial.json of geo trial design.")
    record, schedule, places = read_trial(Path(path))
    known = {one.name for one in fields(Protocol)}
    try:
        held = {name: value for name, value in record.items() if name in known}
        for name in ("first_day", "written_on"):
            held[name] = dt.date.fromisoformat(held[name]) if held.get(name) else None
        held["places"] = tuple(held["places"])
        held["excluded"] = tuple((str(one), str(why)) for one, why in held.get("excluded", ()))
        protocol = Protocol(**held)
    except (KeyError, TypeError, ValueError):
        raise GeoError(f"{path}: this protocol is not whole.", "Take it as geo trial design wrote it.") from None
    check_seal(protocol, schedule)
    return Trial(protocol, schedule, places)


def only_drawn(hot: HotspotResult | None, trial: Trial, day: str) -> HotspotResult | None:
    """Return the hot spots with only those on the ground that is drawn for the day."""
    if hot is None:
        return None
    ground = trial.drawn(dt.date.fromisoformat(day)).union_all()
    return hot._replace(hotspots=hot.hotspots[hot.hotspots.intersects(ground)])


def off_controls(stops: gpd.GeoDataFrame, trial: Trial, day: str) -> gpd.GeoDataFrame:
    """Return the stops that lie in no place of the trial that is not drawn for the day, nor in its ring."""
    drawn = trial.drawn(dt.date.fromisoformat(day))["hotspot_id"]
    others = trial.places[~trial.places["hotspot_id"].isin(drawn)]
    near = stops.dwithin(others.union_all(), trial.protocol.ring_m)
    return stops[~near].reset_index(drop=True)


def _record(protocol: Protocol) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value for name, value in asdict(protocol).items()
    }
