"""Context: events in the order in which they are remembered."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pandas as pd
from conftest import ROOT

from layers.context import read_context

TODAY = dt.date(2025, 12, 31)


def test_order_groups_and_faults(tmp_path: Path) -> None:
    path = tmp_path / "context.csv"
    path.write_text(
        "When,What,Where,Groups\n"
        "02/07/2025,Post taken down,High Street,Pakistani; Roma;\n"
        "13/06/2025,False post,High Street,\n"
        ",Fair,Park,\n"
        "2025-08-01,,Park,\n"
        "2026-01-01,Planned fair,Park,\n",
        encoding="utf-8",
    )
    columns = {"date": "When", "event": "What", "place": "Where", "communities": "Groups"}
    for mapping in (columns, None):
        context, report = read_context(path, today=TODAY, columns=mapping)
        assert context["date"].tolist() == [pd.Timestamp(2025, 6, 13), pd.Timestamp(2025, 7, 2)]
        assert context["communities"].tolist() == [None, "Pakistani;Roma"]
        assert context["event"].tolist() == ["False post", "Post taken down"]
        assert {part.reason: [row.row for row in part.rows] for part in report.set_aside} == {
            "no date": [4],
            "no event": [5],
            "date is in the future": [6],
        }


def test_ashview() -> None:
    context, report = read_context(ROOT / "data" / "ashview" / "context.csv", today=TODAY)
    assert report.used == len(context) == 13
    assert context["date"].is_monotonic_increasing
    assert context.loc[context["communities"] == "Roma", "event"].tolist() == [
        "Letter to the council: nobody has ever come to see us"
    ]
