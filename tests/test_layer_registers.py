"""Registers: sign-ups as counts, with what they are counted of."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import ROOT, make_wards

from geo.errors import GeoError
from layers.registers import read_registers
from layers.wards import read_wards

A, B = "E05990000", "E05990001"
HEADER = "ward_code,community,register,members,base"


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_words_for_the_base_and_faults(tmp_path: Path) -> None:
    path = write(
        tmp_path / "registers.csv",
        HEADER,
        f"{A},,alerts,10,Households",
        f"{A},Roma,network,3,people",
        f"{A},,volunteers,4,",
        f"{A},,cadets,4,dogs",
        f"{A},,,4,residents",
        f"{A},,walks,-4,residents",
        f"{A},,alerts,10,households",
        "E05000099,,alerts,10,households",
    )
    registers, report = read_registers(path, wards=make_wards("Acre"))
    assert registers.to_numpy().tolist() == [
        [A, None, "alerts", 10.0, "households"],
        [A, "Roma", "network", 3.0, "residents"],
        [A, None, "volunteers", 4.0, None],
    ]
    assert {part.reason: [row.row for row in part.rows] for part in report.set_aside} == {
        "base is neither households nor residents": [5],
        "no register": [6],
        "members is negative": [7],
        "the same entry again": [8],
        "a ward code that the map does not have": [9],
    }
    assert report.warnings == ["1 entry without a base: no rate for them."]


def test_two_numbers_for_one_register_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "r.csv", HEADER, f"{A},,alerts,10,households", f"{A},,alerts,12,households")
    with pytest.raises(GeoError, match="members of E05990000, alerts, households is 10 in row 2 and 12 in row 3"):
        read_registers(path)


def test_more_members_than_households_is_said(tmp_path: Path) -> None:
    wards = make_wards("Acre", "Barley").assign(households=[100.0, 100.0], population=[250.0, 250.0])
    path = write(tmp_path / "r.csv", HEADER, f"{A},,alerts,101,households", f"{B},,network,101,residents")
    _, report = read_registers(path, wards=wards)
    assert report.warnings == ["1 entry with more members than the ward has households: E05990000 (alerts)."]


def test_ashview() -> None:
    folder = ROOT / "data" / "ashview"
    wards, _ = read_wards(folder / "wards.geojson")
    registers, report = read_registers(folder / "registers.csv", wards=wards)
    assert report.used == len(registers) == 85
    assert not report.set_aside
    assert not report.warnings
    assert registers.groupby("register").size().to_dict() == {"alerts": 14, "network": 57, "volunteers": 14}
