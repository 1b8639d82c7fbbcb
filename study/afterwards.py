"""Did it work? The files of ``geo evaluate``, ``geo compare`` and ``geo assess``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import geopandas as gpd
import pandas as pd

from geo.errors import GeoError, counted, listed
from study.deliver import Made, Output, Writer
from study.settings import AssessSettings, CompareSettings, EvaluateSettings, HotspotSettings, SettingError
from study.tables import Sheet, headings

if TYPE_CHECKING:
    from geo.evaluation.assessment import Assessment
    from geo.evaluation.change import Changes
    from geo.evaluation.prediction import Evaluation
    from study.study import Study

_PERIOD = re.compile(r"(\d{4}-(?:0[1-9]|1[0-2]))(?:\s*(?::|\.\.|to)\s*(\d{4}-(?:0[1-9]|1[0-2])))?")
_YEAR = 12
_CLEAR = 0.05
# rows of a chart, besides those that changed
_SIDE_BY_SIDE = 3
_MOST_BARS = 15
_LAYER_OF = {"wards": "wards", "hot spots": "hotspots"}
# reaches to choose from
CANDIDATES_M = (50.0, 75.0, 100.0, 150.0)


def evaluate_output(study: Study) -> Output:
    """Return the files of ``geo evaluate``."""
    names = ("evaluate.txt", "evaluate.csv", "evaluate_origins.csv", "evaluate.xlsx", "evaluate_run.json")
    return Output("evaluate", names, lambda: _evaluate(study), leaves=("evaluate.csv",))


def _evaluate(study: Study) -> Made:
    from geo.evaluation.prediction import METHODS, evaluate
    from layers.project_edit import with_number

    chosen = study.settings(EvaluateSettings)

    def run(months: Sequence[str], settings: HotspotSettings | None = None) -> Evaluation:
        return evaluate(
            study.incidents,
            study.wards,
            months,
            lambda part, known: study.find(part, known, settings=settings).hotspots,
            train=chosen.train,
            test=chosen.test,
            step=chosen.step,
            track=lambda items, _: study.said.track(items, "Finding hot spots"),
        )

    with study.said.step("evaluate"):
        done, best = _tuned(study, chosen, run) if chosen.tune else (run(study.months), None)
    rows = done.summary.assign(what=done.summary["method"].map(METHODS))
    sheets = [
        Sheet("methods", "Would the hot spots have predicted what came next?", done.sentences[0], rows, headings(rows)),
        Sheet("origins", "How did it vary from month to month?", "", done.scores, headings(done.scores)),
    ]
    tables = {"evaluate.csv": rows, "evaluate_origins.csv": done.scores}
    written = made("evaluate", study, done.sentences, sheets, done, tables)
    # an exact share tells of how many reports it is one
    written.layers = {"evaluate.csv": {"evaluate": rows.round(2)}}
    if best is not None:
        written.keep[study.project.path] = lambda path: with_number(path, "hotspots", "eps", best)
    return written


def _tuned(study: Study, chosen: EvaluateSettings, run: Callable[..., Evaluation]) -> tuple[Evaluation, float]:
    """Return the evaluation of the reach that did best in the earlier months, on the later ones, and that reach.

    The later third of the months tests and chooses nothing: a setting is never judged by what it was chosen from.
    """
    from geo.evaluation.prediction import choose, splits

    if study.project.path == Path():
        raise SettingError("tune", "there is no geo.toml to write to.", "Name one with `project`.")
    held = study.settings(HotspotSettings)
    if held.eps is not None and held.eps not in CANDIDATES_M:
        raise SettingError("eps", f"{held.eps:g} is given, so there is nothing to choose.", "Leave it at auto.")
    months = sorted(study.months)
    origins = splits(months, train=chosen.train, test=chosen.test, step=chosen.step)
    cut = len(origins) - max(1, len(origins) // 3)
    if cut < 1:
        raise GeoError(
            f"{counted(len(origins), 'origin')}: too few to choose by some and test on others.", "Bring more months."
        )
    known = [month for month in months if month <= origins[cut - 1].test[-1]]
    found = {f"{eps:g}": run(known, replace(held, eps=eps)) for eps in CANDIDATES_M}
    best = float(choose(found))
    later = [month for month in months if month >= origins[cut].train[0]]
    done, auto = run(later, replace(held, eps=best)), run(later, replace(held, eps=None))
    ratios = {name: _against_grid(one) for name, one in found.items()}
    told = ", ".join(f"{name} m ×{ratio:.2f}" for name, ratio in ratios.items())
    lead = [
        f"Chosen by months to {known[-1]}: eps {best:g} m (against the grid: {told}); it is in "
        f"{study.project.path} now.",
        f"In the months after: ×{_against_grid(done):.2f} of the grid; with eps auto ×{_against_grid(auto):.2f}.",
    ]
    return done._replace(sentences=[*lead, *done.sentences]), best


def _against_grid(done: Evaluation) -> float:
    from geo.evaluation.prediction import HOTSPOTS

    rows = done.summary[(done.summary["method"] == HOTSPOTS) & (done.summary["ground"] == "list")]
    return float(rows["against_grid"].iloc[0])


def compare_output(study: Study) -> Output:
    """Return the files of ``geo compare``."""
    names = ("compare.html", "compare.txt", "compare.csv", "compare.xlsx", "compare.gpkg", "compare_run.json")
    return Output("compare", names, lambda: _compare(study), leaves=("compare.csv",))


class Compared(NamedTuple):
    """``parts``: {wards, hot spots, communities met: the changes of each}; ``before``, ``after``: the months."""

    parts: dict[str, Changes]
    before: list[str]
    after: list[str]


def _compare(study: Study) -> Made:
    from geo.area import assign_wards
    from geo.evaluation.change import changes, inside

    chosen = study.settings(CompareSettings)
    before, after = periods_of(chosen, study.months)
    reports = assign_wards(study.incidents, study.wards)
    wards = study.wards
    names = dict(zip(wards["ward_code"], wards["ward_name"], strict=True))
    plain = pd.DataFrame(reports[["month", "ward_code"]])
    done = Compared(
        {"wards": changes(plain, plain, "ward_code", before, after, names=names, noun="ward")}, before, after
    )
    layers: dict[str, gpd.GeoDataFrame] = {"wards": _placed(wards, "ward_code", done.parts["wards"].table)}
    places = register_places(study)
    late: list[str] = []
    if places is not None:
        new = (places["source"] == "found") & places["first_run"].isin(after)
        new &= places["first_run"] > places["first_run"].min()
        # found because reports rose: that they rose says nothing more
        late, places = sorted(places.loc[new, "hotspot_id"]), places[~new]
    if places is not None and len(places):
        done.parts["hot spots"] = changes(
            plain,
            inside(reports, places),
            "hotspot_id",
            before,
            after,
            names=dict(zip(places["hotspot_id"], places["name"], strict=True)),
            noun="hot spot",
            chosen_from=_choosing(places, study.months),
        )
        layers["hotspots"] = _placed(places, "hotspot_id", done.parts["hot spots"].table)
    met = _communities(study, before, after)
    if met is not None:
        done.parts["communities met"] = met
    if places is None:
        study.said.warn("No register of hot spots beside geo.toml: wards only. geo hotspots --project makes it.")
    # the reports of the whole town are said once
    told = [line for name, part in done.parts.items() for line in part.sentences[name == "hot spots" :]]
    sentences = list(dict.fromkeys(told))
    if late:
        sentences.append(
            f"{counted(len(late), 'hot spot')} first found within the second period ({listed(late)}): found because "
            "reports rose there, so not compared."
        )
    sheets = [
        Sheet(
            name,
            f"What changed: {name}, {_span(before)} and {_span(after)}",
            " ".join(part.sentences),
            table,
            headings(table),
        )
        for name, part in done.parts.items()
        for table in [part.table.reset_index(names="id")]
    ]
    whole = pd.concat([sheet.table.assign(of=sheet.name) for sheet in sheets], ignore_index=True)
    whole = whole[["of", *(name for name in whole if name != "of")]]
    lead = [f"{_span(after)} against {_span(before)}, {study.name}.", *sentences]
    from maps.outcome import Drawn

    figures = [
        one for name, part in done.parts.items() for one in _compared(name, part, layers.get(_LAYER_OF.get(name, "")))
    ]
    written = made("compare", study, lead, sheets, done, {"compare.csv": whole}, layers)
    # the two periods and the change of the wards are the first that is seen
    first = [one for one in figures if isinstance(one, Drawn)][:_SIDE_BY_SIDE]
    rest = [one for one in figures if one not in first]
    written.files["compare.html"] = _page(study, "What changed in", lead, rest, sheets, first=first)
    written.layers = {"compare.csv": {"compare": _by_period(done)}}
    return written


def _by_period(done: Compared) -> pd.DataFrame:
    """Return the reports of each ward in each period, a row each, as others may have them."""
    table = done.parts["wards"].table.rename_axis("ward_code").reset_index()
    periods = {"before": done.before, "after": done.after}
    rows = [
        table[["ward_code"]].assign(ward_name=table["name"], since=months[0], until=months[-1], incidents=table[name])
        for name, months in periods.items()
    ]
    return pd.concat(rows, ignore_index=True)


def _compared(name: str, part: Changes, layer: gpd.GeoDataFrame | None) -> list[Any]:
    """Return the figures of a comparison: both periods and the change as maps, and the ratios with their limits."""
    from maps.charts import Interval
    from maps.outcome import Drawn, Ratios, shaded

    table = part.table[part.table["change"] != "too few to tell"]
    clear = table["change"].str.contains("against")
    rows = table[clear | (table["before"] + table["after"]).rank(ascending=False).le(_MOST_BARS)].sort_values(
        "against_town"
    )
    bars = [
        Interval(str(row.name), row.against_town, row.against_low, row.against_high, "against" in row.change)
        for row in rows.itertuples(index=False)
    ]
    made: list[Any] = [
        Ratios(f"Change over that of everything else: {name} (1: the same)", bars, "Each row a place, with its limits.")
    ]
    if layer is None:
        return made
    most = max(int(layer[["before", "after"]].to_numpy().max()), 1)
    for period in ("before", "after"):
        made.append(shaded(f"Reports {period}: {name}", layer, layer[period], layer["name"], most=most))
    words = {"rose against the town": "rose", "fell against the town": "fell", "too few to tell": "few"}
    classes = [words.get(str(change), "") for change in layer["change"]]
    texts = [f"{row.name}: {row.before:,} to {row.after:,}, {row.change}" for row in layer.itertuples(index=False)]
    said = [f"{row.before:,} to {row.after:,}" for row in layer.itertuples(index=False)]
    key = {
        "rose": "rose beyond chance",
        "fell": "fell beyond chance",
        "": "as the town, within what chance allows",
        "few": "too few to tell",
    }
    title = f"Change against the town: {name}"
    return [*made, Drawn(title, layer, classes, texts, key, "Who rose and who fell.", said, list(layer["name"]))]


def _page(
    study: Study,
    title: str,
    sentences: Sequence[str],
    figures: Sequence[Any],
    sheets: Sequence[Sheet],
    first: Sequence[Any] = (),
) -> Writer:
    """Return what writes the page: one file without scripts, for work inside the team."""
    from maps.outcome import outcome_page
    from study.pages import about, when

    told = about(study, title=f"{title} {study.name}", headline=sentences[0], period=when(study))
    document = outcome_page(told, sentences[1:], figures, sheets, first=first)

    def write(path: Path) -> None:
        path.write_text(document, encoding="utf-8", newline="\n")

    return write


def _communities(study: Study, before: Sequence[str], after: Sequence[str]) -> Changes | None:
    """Return how often each community was met in both periods, against all meetings; None without a log."""
    from geo.evaluation.change import changes

    if not study.has_log:
        return None
    log = study.layers["engagements"]
    log = pd.DataFrame({"month": log["date"].dt.strftime("%Y-%m"), "community": log["communities"].str.split(";")})
    named = log.explode("community")
    named = named[named["community"].fillna("").str.strip() != ""]
    known = sorted(set(named["community"].str.strip()))
    if not known or not all(log["month"].isin(part).any() for part in (before, after)):
        return None
    return changes(
        log,
        named.assign(community=named["community"].str.strip()),
        "community",
        before,
        after,
        names=dict(zip(known, known, strict=True)),
        noun="community",
        what="engagements",
    )


def assess_output(study: Study) -> Output:
    """Return the files of ``geo assess``."""
    names = ("assess.html", "assess.txt", "assess.csv", "assess.xlsx", "assess.gpkg", "assess_run.json")
    return Output("assess", names, lambda: _assess(study), leaves=("assess.csv",))


def _assess(study: Study) -> Made:
    from geo.evaluation.assessment import Periods, assess

    chosen = study.settings(AssessSettings)
    if not chosen.treated:
        raise SettingError("treated", "No place was named as treated.", "Name each: `treated` HS-0001.")
    for name in ("before", "after"):
        if getattr(chosen, name) is None:
            raise SettingError(name, f"No months were given for {name}.", f"Give them: `{name}` 2024-01:2024-12.")
    places = _wards_as_places(study) if chosen.places == "wards" else register_places(study)
    if places is None:
        raise GeoError(
            "There is no register of hot spots beside geo.toml.",
            "Run geo hotspots --project first; or compare wards: --places wards.",
        )
    covered = study.months
    periods = Periods(
        months_of("before", chosen.before, covered),
        months_of("after", chosen.after, covered),
        covered,
        _chosen_from(chosen, places, covered),
        months_of("phase_in", chosen.phase_in, covered) if chosen.phase_in else (),
    )
    with study.said.step("assess", "Drawing placebos"):
        told: Assessment = assess(
            study.incidents,
            places,
            _ids(places, chosen.treated),
            periods,
            controls=_ids(places, chosen.controls) if chosen.controls else None,
            ring_m=chosen.ring,
            draws=chosen.draws,
            seed=chosen.draw_seed,
        )
    counts = told.counts.reset_index()
    power = told.power.rename_axis("true fall").reset_index()
    sheets = [
        Sheet("places", "Were the controls like the treated before?", "", told.places, headings(told.places)),
        Sheet("counts", "How many reports, before and after?", told.sentences[2], counts, headings(counts)),
        Sheet("power", "What could have been seen?", told.sentences[-2], power, headings(power)),
    ]
    lead = [f"{_span(periods.after)} against {_span(periods.before)}, {study.name}.", *told.sentences]
    shapes = places.merge(told.places.drop(columns="name"), on="hotspot_id")
    results = {
        "effect": _finite(told.effect._asdict()),
        "places_only": _finite(told.places_only._asdict()),
        "difference": _finite(told.difference._asdict()),
        "dispersion": round(told.dispersion, 3),
        "comparable": told.comparable,
        "placebos": len(told.placebos),
    }
    written = made("assess", study, lead, sheets, told, {"assess.csv": told.places}, {"places": shapes}, results)
    written.files["assess.html"] = _page(study, "Did it work?", lead, _assessed(told, shapes), sheets)
    written.layers = {"assess.csv": {"assess": told.places}}
    return written


def _assessed(told: Assessment, shapes: gpd.GeoDataFrame) -> list[Any]:
    """Return the figures of an assessment: the ratio with its limits, and which places were compared."""
    from maps.charts import Interval
    from maps.outcome import Drawn, Ratios

    rows = [
        Interval("Places and rings", *told.effect[:3], told.comparable and told.effect.p <= _CLEAR),
        Interval("Places alone", *told.places_only[:3]),
    ]
    said = f"The ratio of the treated places' change to their controls' is {told.effect.ratio:.2f}."
    classes = {"treated": "treated", "control": "control", "not used": "few"}
    texts = [f"{row.name}: {row.group}" for row in shapes[["name", "group"]].itertuples(index=False)]
    key = {"treated": "treated", "control": "control", "few": "not used"}
    return [
        Ratios("Change in the treated places over that in the controls (1: no effect)", rows, said),
        Drawn(
            "What was compared", shapes, [classes[group] for group in shapes["group"]], texts, key, "Places by group."
        ),
    ]


# --- helpers ----------------------------------------------------------------------------------------------------------


def register_places(study: Study) -> gpd.GeoDataFrame | None:
    """Return the places of the register beside geo.toml, those in use; None where there is none."""
    from layers.hotspot_register import read_register

    if study.register_path is None:
        return None
    places, _ = read_register(study.register_path)
    if places is None:
        return None
    used = places[(places["status"] == "frozen") | ((places["status"] != "retired") & places["found"])]
    columns = ["hotspot_id", "name", "source", "first_run", "incidents", "geometry"]
    return used[columns].reset_index(drop=True) if len(used) else None


def _wards_as_places(study: Study) -> gpd.GeoDataFrame:
    wards = study.wards
    return wards.assign(hotspot_id=wards["ward_code"], name=wards["ward_name"], source="by hand", first_run="")[
        ["hotspot_id", "name", "source", "first_run", "geometry"]
    ]


def _choosing(places: gpd.GeoDataFrame, covered: Sequence[str]) -> list[str]:
    """Return the months by which places were chosen: all to when the register first had the last of them."""
    first = places.loc[places["source"] == "found", "first_run"]
    return [month for month in covered if len(first) and month <= first.max()]


def _chosen_from(chosen: AssessSettings, places: gpd.GeoDataFrame, covered: Sequence[str]) -> list[str]:
    if chosen.chosen_until is None:
        return _choosing(places, covered)
    until = months_of("chosen_until", chosen.chosen_until, ())[0]
    return [month for month in covered if month <= until]


def _ids(places: gpd.GeoDataFrame, named: Sequence[str]) -> list[str]:
    """Return ids for ids or names; what is no name stays, and is refused where it is looked up."""
    known = {
        str(row.name).casefold(): str(row.hotspot_id) for row in places[["hotspot_id", "name"]].itertuples(index=False)
    }
    ids = {str(one).casefold(): str(one) for one in places["hotspot_id"]}
    return [ids.get(one.casefold(), known.get(one.casefold(), one)) for one in named]


def periods_of(chosen: CompareSettings, covered: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the months of both periods: as given, else the last ones that have the same a year before."""
    from geo.evaluation.change import same_months_before

    known = sorted(covered)
    if chosen.after is not None:
        after = months_of("after", chosen.after, known)
    else:
        after = [month for month in known if f"{int(month[:4]) - 1}{month[4:]}" in known][-_YEAR:]
        if not after:
            raise SettingError(
                "after",
                f"{counted(len(known), 'month')} covered, none with the same month a year before.",
                "Give both periods: `before` 2025-01:2025-03, `after` 2025-04:2025-06.",
            )
    return (months_of("before", chosen.before, known) if chosen.before else same_months_before(known, after)), after


def months_of(name: str, text: str | None, covered: Sequence[str]) -> list[str]:
    """Return the months from 2025-01:2025-06, or of one month; SettingError for anything else."""
    found = _PERIOD.fullmatch((text or "").strip())
    first, last = (found.group(1), found.group(2) or found.group(1)) if found else ("", "")
    if not found or first > last:
        raise SettingError(name, f"{text!r} is no period.", "Write 2025-01:2025-06, or one month.")
    start, end = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in (first, last))
    months = [f"{number // 12}-{number % 12 + 1:02d}" for number in range(start, end + 1)]
    missing = [month for month in months if covered and month not in set(covered)]
    if missing:
        raise SettingError(
            name, f"the data do not cover {listed(missing, 3)}.", f"They cover {min(covered)} to {max(covered)}."
        )
    return months


def _finite(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """Return numbers as JSON can hold them: a limit that is open, or a ratio that is none, is null."""
    return {name: float(value) if math.isfinite(value) else None for name, value in numbers.items()}


def _span(months: Sequence[str]) -> str:
    return min(months) if len(months) == 1 else f"{min(months)} to {max(months)}"


def _placed(places: gpd.GeoDataFrame, key: str, table: pd.DataFrame) -> gpd.GeoDataFrame:
    return places[[key, "geometry"]].merge(table.reset_index(names=key), on=key)


def made(
    name: str,
    study: Study,
    sentences: Sequence[str],
    sheets: Sequence[Sheet],
    value: Any,
    tables: Mapping[str, pd.DataFrame],
    layers: Mapping[str, gpd.GeoDataFrame] | None = None,
    results: Mapping[str, Any] | None = None,
) -> Made:
    """Return what is written: a paragraph, tables, a workbook and a map file."""
    from layers.writing.workbook import write_workbook
    from layers.writing.write import write_csv, write_geopackage

    study.said.say(f"{name}: {counted(len(sheets), 'table')}")
    files: dict[str, Writer] = {
        f"{name}.txt": lambda path: write_text(path, sentences),
        f"{name}.xlsx": lambda path: write_workbook(path, sheets),
    }
    for file, table in tables.items():
        files[file] = lambda path, table=table: write_csv(path, table.round(6))  # type: ignore[misc]
    if layers:
        files[f"{name}.gpkg"] = lambda path: write_geopackage(path, layers)
    return Made(files, sentences[0], {"sentences": list(sentences), **(results or {})}, value=(value, list(sentences)))


def write_text(path: Path, sentences: Sequence[str]) -> None:
    """Write sentences as a text, without characters that a terminal would act on."""
    text = "".join(
        mark if mark.isprintable() or mark == "\n" else "\N{REPLACEMENT CHARACTER}" for mark in "\n".join(sentences)
    )
    path.write_text(text + "\n", encoding="utf-8", newline="\n")
