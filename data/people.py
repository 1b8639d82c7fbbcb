"""Who lives where: residents by group, deprivation, surveys, and the registers people sign."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Any

from data import truths
from data.ground import csv_text, seeded
from data.wards import WARDS, Ward

# Residents in 1,000, by Census 2021 group. White British takes what is left.
_ETHNIC = {
    "Bangladeshi": 45, "Chinese": 9, "Indian": 38, "Pakistani": 92, "Other Asian": 17, "African": 36, "Caribbean": 30,
    "Other Black": 8, "White and Asian": 9, "White and Black African": 5, "White and Black Caribbean": 16,
    "Other Mixed": 8, "Irish": 14, "Gypsy or Irish Traveller": 2, "Roma": 0, "Other White": 78, "Arab": 7,
    "Any other ethnic group": 12,
}  # fmt: skip
_REST = "White British"
# Where a group lives more than elsewhere: times the town's share.
_MORE = {
    "Millbrook": {"Pakistani": 2.6, "Bangladeshi": 1.8, "Other White": 1.3},
    "Station": {"Bangladeshi": 2.4, "Other White": 1.9, "African": 2.2, "Indian": 1.4},
    "Eastgate": {"African": 2.8, "Indian": 2.2, "Other Asian": 1.6},
    "Town Centre": {"Chinese": 2.4, "Other White": 1.7, "Arab": 2.2, "Caribbean": 1.5},
    "Easington": {"African": 1.6, "Caribbean": 1.6, "White and Black Caribbean": 1.5},
    "Castle Mound": {"Pakistani": 1.3, "Gypsy or Irish Traveller": 6.0},
    "Larkfield": dict.fromkeys(_ETHNIC, 0.55) | {"Indian": 1.3},
    "Priory Hill": dict.fromkeys(_ETHNIC, 0.5),
    "Sandford West": dict.fromkeys(_ETHNIC, 0.45),
    "Sandford Harbour": dict.fromkeys(_ETHNIC, 0.35),
}
_ROMA = {"Millbrook": 424, "Station": 312, "Town Centre": 73, "Castle Mound": 46, "Eastgate": 31, "Northfield": 14,
         "Sandford West": 11}  # fmt: skip
_AGES = {"0-17": 236, "18-24": 92, "25-34": 151, "35-64": 363, "65+": 158}
_OLDER = {"Larkfield": 1.45, "Priory Hill": 1.3, "Sandford Harbour": 1.25, "Town Centre": 0.6, "Station": 0.7}
_DECILES = {
    "Millbrook": (1, 2, 2), "Ashview Park": (4, 5, 3), "Longacre": (5, 6, 6), "Riverside": (6, 7, 5),
    "Castle Mound": (4, 4, 6), "Town Centre": (2, 3, 4), "Station": (1, 3, 2), "Eastgate": (3, 4, 3),
    "Northfield": (3, 2, 5), "Easington": (2, 4, 3), "Priory Hill": (8, 9, 7), "Larkfield": (7, 9, 8),
    "Sandford West": (4, 6, 5), "Sandford Harbour": (6, 7, 8),
}  # fmt: skip
# measure: share of positive answers in an average ward
_MEASURES = {"confidence": 0.62, "feels_safe_after_dark": 0.55, "treated_fairly": 0.66}
_WAVES = (date(2024, 11, 18), date(2025, 11, 17))
# register: (members in 1,000 of its base, base)
_REGISTERS = {"alerts": (64, "households"), "volunteers": (3, "residents"), "network": (6, "residents")}


@cache
def residents(ward: Ward) -> dict[str, int]:
    """Return group -> residents of a ward; the groups add up to its population."""
    dice, more = seeded(f"communities:{ward.code}"), _MORE.get(ward.name, {})
    counts = {
        group: round(ward.population * share / 1000 * more.get(group, 1.0) * dice.uniform(0.85, 1.15))
        for group, share in _ETHNIC.items()
    }
    counts[truths.UNHEARD] = _ROMA.get(ward.name, 0)
    return counts | {_REST: ward.population - sum(counts.values())}


def _ages(ward: Ward) -> dict[str, int]:
    dice, older = seeded(f"ages:{ward.code}"), _OLDER.get(ward.name, 1.0)
    counts = {band: round(ward.population * share / 1000 * dice.uniform(0.94, 1.06)) for band, share in _AGES.items()}
    counts["65+"] = round(counts["65+"] * older)
    del counts["35-64"]
    rest = ward.population - sum(counts.values())
    return {band: counts.get(band, rest) for band in _AGES}


def communities_text() -> str:
    """Return communities.csv: one row a ward and group; no row where nobody of a group lives."""
    rows = [
        {"ward_code": ward.code, "community": group, "population": count, "group_set": group_set}
        for ward in WARDS
        for group_set, counts in (("ethnic_group", residents(ward)), ("age_band", _ages(ward)))
        for group, count in sorted(counts.items())
        if count
    ]
    return csv_text(("ward_code", "community", "population", "group_set"), rows)


def deprivation_text() -> str:
    """Return deprivation.csv: three small areas a ward, decile 1 the most deprived."""
    areas = [(ward.code, decile) for ward in WARDS for decile in _DECILES[ward.name]]
    rows = [
        {"area_code": f"E01999{number:03d}", "ward_code": ward, "imd_decile": decile, "vintage": 2025}
        for number, (ward, decile) in enumerate(areas, 1)
    ]
    return csv_text(("area_code", "ward_code", "imd_decile", "vintage"), rows)


def surveys_text() -> str:
    """Return surveys.csv: every ward in two waves, and some groups in the second, often too few to publish."""
    dice, rows = seeded("surveys"), list[dict[str, Any]]()
    for wave in _WAVES:
        for ward in WARDS:
            for measure, usual in _MEASURES.items():
                asked = dice.randrange(8, 16) if ward.name == truths.SILENT_WARD else dice.randrange(55, 130)
                share = usual + 0.012 * (sum(_DECILES[ward.name]) - 13) + dice.uniform(-0.05, 0.05)
                rows.append(_answers(ward, "", measure, asked, share, wave))
    for ward, group, asked in _asked_groups():
        for measure, usual in _MEASURES.items():
            share = usual - (0.17 if group in (truths.REACTIVE_ONLY, "Caribbean") else 0.05) + dice.uniform(-0.05, 0.05)
            rows.append(_answers(ward, group, measure, asked, share, _WAVES[-1]))
    return csv_text(("ward_code", "community", "measure", "responses", "positive", "date"), rows)


def _answers(ward: Ward, group: str, measure: str, asked: int, share: float, wave: date) -> dict[str, Any]:
    positive = min(asked, round(asked * share))
    return {"ward_code": ward.code, "community": group, "measure": measure, "responses": asked, "positive": positive,
            "date": wave}  # fmt: skip


def _asked_groups() -> Iterator[tuple[Ward, str, int]]:
    """Yield the groups of the second wave: a sample in step with residents, nobody of the unheard group."""
    for ward in WARDS:
        for group, count in sorted(residents(ward).items()):
            if count >= 180 and group != truths.UNHEARD:
                yield ward, group, max(4, round(count * 0.018))


def registers_text() -> str:
    """Return registers.csv: who signed up, as counts."""
    dice, rows = seeded("registers"), list[dict[str, Any]]()
    for ward in WARDS:
        for register, (in_1000, base) in _REGISTERS.items():
            size = ward.households if base == "households" else ward.population
            silent = 0.3 if ward.name == truths.SILENT_WARD else 1.0
            members = round(size * in_1000 / 1000 * silent * dice.uniform(0.6, 1.4))
            rows.append({"ward_code": ward.code, "register": register, "members": members, "base": base})
        for group, count in sorted(residents(ward).items()):
            if count >= 250 and group not in (truths.UNHEARD, truths.REACTIVE_ONLY):
                signed = round(count * 0.006 * dice.uniform(0.3, 1.7))
                rows.append({"ward_code": ward.code, "community": group, "register": "network", "members": signed,
                             "base": "residents"})  # fmt: skip
    return csv_text(("ward_code", "community", "register", "members", "base"), rows)
