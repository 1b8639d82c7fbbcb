"""``geo demo``: every result and page of the sample town from one study, and what it shows in a screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from console.talk import Run, plain
from geo.errors import counted, listed
from study.settings import OutSettings, PictureSettings

_PLURALS = {"community": "communities"}


def run_demo(run: Run, folder: Path, *, overwrite: bool) -> None:
    """Write hot spots, engagement, a plan and the pages of all readers into ``results``, and say what each shows."""
    import study
    from study.deliver import OUTPUTS, deliver

    town = study.open(folder / "geo.toml", listener=run, overwrite=overwrite)
    out = folder / "results"
    show: dict[str, Callable[[Any], list[str]]] = {
        "hotspots": _where,
        "engagement": _who,
        "plan": lambda value: [f"{_plan(value[0])}"],
        "inspector": lambda _: ["one A4 sheet"],
        "analyst": lambda _: ["everything on one page, with filters and a time line"],
        "workshop": lambda _: ["reports rounded, small counts hidden; people write on it"],
    }
    questions = {
        "hotspots": "Where does it happen?",
        "engagement": "Who is not being heard?",
        "plan": "Where to walk tonight?",
        "inspector": "For the briefing",
        "analyst": "For the analyst",
        "workshop": "For a workshop",
    }
    for number, (name, words) in enumerate(show.items(), 1):
        chosen = town.settings(PictureSettings)
        done = deliver(town, OUTPUTS[name](town), _into(chosen, out))
        first, *more = words(done.made.value)
        click.echo(plain(f"{number} {questions[name]:<25} {first}"))
        for line in more:
            click.echo(plain(f"     {line}"))
        click.echo(f"     -> {done.files[0]}")
    run.warned(str(out / "run.json"))
    run.set_aside(str(out / "engagement_set_aside.csv"))
    run.tell("Next, on your own files: geo init FOLDER      More of how and why: geo demo --verbose")


def _into(chosen: OutSettings, out: Path) -> OutSettings:
    from dataclasses import replace

    return replace(chosen, out=str(out))


def _where(result: Any) -> list[str]:
    spots = result.hotspots
    firm = spots[~spots["could_be_chance"].astype(bool)]
    held, total = int(firm["incidents"].sum()), len(result.incidents)
    ground = firm.geometry.union_all().area / 1e6 / result.area_km2
    lines = [f"{len(firm)} places hold {held / total:.0%} of {total:,} reports on {ground:.1%} of the ground"]
    lines.append("   ".join(f"{row.rank} {row.name} {row.incidents:,}" for row in firm.head(3).itertuples()))
    weak = len(spots) - len(firm)
    if weak:
        lines.append(f"{weak} weaker clusters are no more than chance gives")
    return lines


def _who(result: Any) -> list[str]:
    findings = result.findings
    kinds = findings["level"].value_counts()
    counts = [counted(count, name, _PLURALS.get(name)) for name, count in kinds.items()]
    return [f"gaps in contact: {listed(counts)}", *findings["sentence"].head(2)]


def _plan(plan: Any) -> str:
    return f"{len(plan.routes)} teams, {len(plan.visits)} stops, {plan.routes['walk_m'].sum() / 1000:.1f} km"
