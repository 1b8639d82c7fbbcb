"""How often is a community called under-engaged that is not, and how often is one found that is?

    uv run python benchmarks/engagement_flags.py [--data FOLDER] [--trials 1000] [--seed 0]

Made-up logs over real and invented towns. In an *equal* log every resident is met at the same rate. In a *third* log
one community, with at least 5 events expected, gets a third of its share of its ward's (or town's) events and the
others get the rest; each such community is tried in turn.

- Table 1 is exact: Poisson counts, one community, one expected number of events.
- Table 2: the rule as shipped, over whole towns. Each event is one community's.
- Table 3: what to count, and which prior. Sizes of events are log-normal, mean 20 people, as scattered as their mean.
  *one*: each event is one community's; *few*: one to three communities, people split evenly; *open*: anybody comes, and
  the log names everybody who came and how many. Units: events naming the community; people / phi of all events;
  people / phi of the community's own events.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import poisson

from geo.engagement import under_engaged as flags
from geo.engagement.rates import clustering, expected_by_composition
from geo.engagement.shrinkage import FIXED, Prior, prior_for

Floats = NDArray[np.float64]
ASHVIEW = Path(__file__).resolve().parent.parent / "data" / "ashview" / "communities.csv"
EXPECTED = (3, 4, 5, 6, 7, 8, 10, 12, 15, 20, 30)
EVENTS = (60, 150, 300, 600, 1200)
ENOUGH = 5.0


class Town(NamedTuple):
    name: str
    residents: Floats
    ward: NDArray[np.int64]  # expected within these; all 0: within the town


def towns(data: Path | None) -> list[Town]:
    table = pd.read_csv(ASHVIEW)
    table = table[(table["group_set"] == "ethnic_group") & (table["population"] > 0)]
    groups = table.groupby("community")["population"].sum().to_numpy(np.float64)
    wards = table.groupby("ward_code")["population"].sum().to_numpy(np.float64)
    found = [
        Town(f"Ashview, {len(groups)} groups", groups, np.zeros(len(groups), np.int64)),
        Town(f"Ashview, {len(wards)} wards", wards, np.zeros(len(wards), np.int64)),
        Town("Ashview, groups in wards", table["population"].to_numpy(np.float64), pd.factorize(table["ward_code"])[0]),
    ]
    return found if data is None else [*found, luton(data / "lsoa_ward_stats")]


def luton(folder: Path) -> Town:
    lookup = pd.read_csv(folder / "lookup_lsoa21_ward24_ltla24.csv.gz").drop_duplicates("lsoa21_code")
    lookup = lookup[lookup["ltla24_code"] == "E06000032"]
    people = pd.read_csv(folder / "ethnicity21_lsoa21.csv.gz").merge(lookup, on="lsoa21_code")
    cells = people.groupby(["ward24_code", "ethnic_group"])["n"].sum().reset_index()
    cells = cells[cells["n"] > 0]
    return Town("Luton, 5 groups in wards", cells["n"].to_numpy(np.float64), pd.factorize(cells["ward24_code"])[0])


def judge(counts: Floats, town: Town) -> tuple[NDArray[np.bool_], Floats]:
    """The rule as shipped, on many logs (rows) at once: who is called under-engaged, and what was expected."""
    logs, places = counts.shape
    residents = np.tile(town.residents, logs)
    within = (np.arange(logs)[:, None] * (town.ward.max() + 1) + town.ward).ravel()
    expected = expected_by_composition(counts.ravel(), residents, within).to_numpy().reshape(counts.shape)
    alike, which = np.unique(expected, axis=0, return_inverse=True)
    sure = np.array([flags.sure_enough(one) for one in alike])[which.ravel()]
    under = np.zeros(counts.shape, bool)
    for probability in np.unique(sure):
        rows = sure == probability
        found = flags.classify(counts[rows].ravel(), expected[rows].ravel(), probability=probability)["status"]
        under[rows] = (found == flags.UNDER).to_numpy().reshape(-1, places)
    return under, expected


def at_a_third(share: Floats, ward: NDArray[np.int64], one: int) -> Floats:
    """The shares of events when one community gets a third of its own and the rest of its ward what is left over."""
    rest = (ward == ward[one]) & (np.arange(len(share)) != one)
    changed = share.copy()
    changed[one] /= 3
    changed[rest] *= 1 + share[one] * 2 / 3 / share[rest].sum()
    return changed


def exact_table() -> Iterator[list[str]]:
    for expected in EXPECTED:
        count = np.arange(200)
        row = [f"{expected}"]
        for sure in (0.8, 0.85, 0.9):
            found = flags.classify(count, np.full(200, float(expected)), probability=sure)["status"] == flags.UNDER
            most = int(count[found].max()) if found.any() else -1
            row.append(say(most, expected))
        # the strictest test that any rule on this count can be at 5%
        row.append(
            say(
                int(poisson.ppf(0.05, expected)) - (poisson.cdf(poisson.ppf(0.05, expected), expected) > 0.05), expected
            )
        )
        yield row


def say(most: int, expected: float) -> str:
    if most < 0:
        return "never"
    return f"≤ {most}: {poisson.cdf(most, expected):.1%} / {poisson.cdf(most, expected / 3):.0%}"


def town_table(places: list[Town], trials: int, seed: int) -> Iterator[list[str]]:
    for place in places:
        for events in EVENTS:
            rng = np.random.default_rng([seed, events])
            share = place.residents / place.residents.sum()
            under, expected = judge(np.array([draw_counts(events, share, rng) for _ in range(trials)]), place)
            flagged, judged = under.mean(), (expected >= flags.FEWEST_EXPECTED).mean()
            of_judged = f"{flagged / judged:.1%}" if judged else "-"
            row = [place.name, f"{events:,}", f"{judged:.0%}", f"{flagged:.1%}", of_judged]
            yield [*row, *power(place, events, trials, rng)]


def power(place: Town, events: int, trials: int, rng: np.random.Generator) -> list[str]:
    """Found of communities met at a third of their share: 5 to 8 expected, and 5 or more."""
    share = place.residents / place.residents.sum()
    due = np.flatnonzero(events * share >= ENOUGH)
    if not len(due):
        return ["-", "-"]
    one = due[np.arange(trials) % len(due)]
    rates = {place_of: at_a_third(share, place.ward, int(place_of)) for place_of in np.unique(one)}
    under, _ = judge(np.array([draw_counts(events, rates[place_of], rng) for place_of in one]), place)
    found, small = under[np.arange(trials), one], events * share[one] < 8
    return [f"{found[small].mean():.0%}" if small.any() else "-", f"{found.mean():.0%}"]


def draw_counts(events: int, share: Floats, rng: np.random.Generator) -> Floats:
    return rng.multinomial(rng.poisson(events), share).astype(float)


def draw(kind: str, events: int, share: Floats, rng: np.random.Generator) -> Floats:
    """People of each community (columns) at each event (rows)."""
    number = rng.poisson(events)
    sizes = np.ceil(rng.lognormal(np.log(20) - 0.35, np.sqrt(0.7), number))
    if kind == "open":
        return rng.multinomial(sizes.astype(int), share).astype(float)
    asked = rng.choice([1, 2, 3], number, p=[0.75, 0.2, 0.05]) if kind == "few" else np.ones(number, int)
    order = np.argsort(rng.exponential(size=(number, len(share))) / share, axis=1).argsort(axis=1)
    named = order < asked[:, None]
    return named * (sizes / asked)[:, None]


def units(people: Floats) -> dict[str, tuple[Floats, Floats]]:
    """What was counted, and by what expected people or events are divided."""
    met, named = people.sum(axis=0), (people > 0).sum(axis=0).astype(float)
    pooled = clustering(people)
    own = np.array([clustering(column) if column.any() else pooled for column in people.T])
    one = np.ones(len(met))
    return {"events": (named, one), "people / phi": (met, pooled * one), "people / own phi": (met, own)}


def unit_table(place: Town, trials: int, seed: int) -> Iterator[list[str]]:
    share = place.residents / place.residents.sum()
    events = 300
    due = np.flatnonzero(events * share >= ENOUGH)
    for kind in ("one", "few", "open"):
        rng = np.random.default_rng([seed, len(kind)])
        false: dict[tuple[str, str], list[float]] = {}
        found: dict[tuple[str, str], list[float]] = {}
        for trial in range(trials):
            one = int(due[trial % len(due)])
            for rate, seen in ((share, false), (at_a_third(share, place.ward, one), found)):
                for unit, (count, phi) in units(draw(kind, events, rate, rng)).items():
                    expected = count.sum() * share
                    for name in ("fixed", "fitted"):
                        prior: Prior = FIXED if name == "fixed" else prior_for(count / phi, expected / phi)
                        under = flags.classify(count, expected, phi=phi, prior=prior)["status"] == flags.UNDER
                        seen.setdefault((unit, name), []).append(under.mean() if seen is false else under.iloc[one])
        for unit, name in false:
            key = (unit, name)
            yield [kind, unit, name, f"{np.mean(false[key]):.1%}", f"{np.mean(found[key]):.0%}"]


def print_table(title: str, head: list[str], rows: Iterator[list[str]]) -> None:
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|---|{'--:|' * (len(head) - 1)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
        sys.stdout.flush()  # a table takes minutes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of the open data sets, for Luton")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    places = towns(args.data)
    print_table(
        "1. Flagged with so many events or fewer: by chance / when met at a third",
        ["expected events", "P at least 0.80", "0.85", "0.90", "5% test"],
        exact_table(),
    )
    print_table(
        f"2. The rule as shipped, {args.trials} logs each",
        ["town", "events", "judged", "false, of all", "false, of judged", "found, 5 to 8", "found, 5 or more"],
        town_table(places, args.trials, args.seed),
    )
    print_table(
        f"3. What to count: {places[0].name}, 300 events, P at least 0.8, {args.trials} logs each",
        ["log", "unit", "prior", "false, of all", "found, 5 or more"],
        unit_table(places[0], args.trials, args.seed),
    )


if __name__ == "__main__":
    main()
