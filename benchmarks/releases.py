"""An attacker against the release log: random towns and random releases, all that passed put into one linear program.

Run: python benchmarks/releases.py [histories] [seed]. Prints how many releases passed and were refused, and how many
cells (an area in a month) can be narrowed to fewer values than the minimum, small ones among them; it should be none.
The attacker knows the rounding, and uses an own model: one variable a ward, month and type, without the log's cuts.
"""

from __future__ import annotations

import math
import sys

import numpy as np
from scipy.optimize import linprog

from geo.disclosure.counts import protected
from geo.disclosure.series import judged
from layers.writing.release_log import Entry

MINIMUM, WARDS, MONTHS, TYPES, RELEASES = 10, 5, 6, 2, 8


def history(chance: np.random.Generator) -> tuple[int, int, int, int]:
    """Release at random what the log allows; return passed, refused, narrowed cells and cells looked at."""
    town = chance.poisson(chance.gamma(1.5, 6, (WARDS, MONTHS, TYPES)))
    rounding = int(chance.choice([1, 5]))
    passed: list[Entry] = []
    rows: list[tuple[np.ndarray, float, float]] = []
    refused = 0
    for number in range(RELEASES):
        begin = int(chance.integers(0, MONTHS))
        end = int(chance.integers(begin + 1, MONTHS + 1))
        types = [[0], [1], [0, 1]][chance.integers(0, 3)]
        wards = sorted(chance.choice(WARDS, chance.integers(1, WARDS + 1), replace=False).tolist())
        groups = [wards] if chance.random() < 0.5 else [[ward] for ward in wards]
        filters: dict[str, str | list[str]] = {"since": f"2025-{begin + 1:02d}", "until": f"2025-{end:02d}"}
        if len(types) == 1:
            filters["crime_type"] = [f"type {types[0]}"]
        if len(groups) == 1:
            filters["area"] = [f"W{ward}" for ward in wards]
        figures, added = [], []
        for group in groups:
            inside = np.zeros(town.shape, dtype=bool)
            inside[np.ix_(group, range(begin, end), types)] = True
            shown = protected([town[inside].sum()], minimum=MINIMUM, base=rounding, zero_is_small=False)[0]
            if math.isnan(shown):
                continue
            true = [n for n in range(int(shown) + rounding + 1) if _shown(n, rounding) == shown]
            figures.append(
                {"measure": "incidents", "area": f"W{group[0]}" if len(groups) > 1 else None, "shown": shown}
            )
            added.append((inside.ravel(), min(true), max(true)))
        new = Entry("2026-01-01", f"{number}.csv", "public", f"{number}", filters, {}, figures, rounding, MINIMUM)
        if judged(passed, new, MINIMUM):
            refused += 1
        else:
            passed.append(new)
            rows += added
    narrowed, looked = _narrowed(rows, town.shape)
    return len(passed), refused, narrowed, looked


def _shown(count: int, rounding: int) -> float:
    return float(protected([count], minimum=MINIMUM, base=rounding, zero_is_small=False)[0])


def _narrowed(rows: list[tuple[np.ndarray, float, float]], shape: tuple[int, ...]) -> tuple[int, int]:
    """Return how many sums of a ward and month can be told to fewer than the minimum of values and may be small."""
    if not rows:
        return 0, 0
    sums = np.array([row for row, _, _ in rows], dtype=float)
    sides = np.vstack([sums, -sums])
    limits = np.concatenate([[high for _, _, high in rows], [-low for _, low, _ in rows]])
    narrowed = looked = 0
    for ward in range(shape[0]):
        for month in range(shape[1]):
            for types in ([0], [1], [0, 1]):
                aim = np.zeros(shape)
                aim[ward, month, types] = 1
                if not any((aim.ravel() <= row).all() for row, _, _ in rows):
                    continue
                looked += 1
                low, high = (
                    sign * linprog(sign * aim.ravel(), A_ub=sides, b_ub=limits, method="highs").fun for sign in (1, -1)
                )
                least, most = math.ceil(low - 1e-6), math.floor(high + 1e-6)
                narrowed += least < MINIMUM and most >= 1 and most - least < MINIMUM
    return narrowed, looked


if __name__ == "__main__":
    histories = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    generator = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    totals = np.sum([history(generator) for _ in range(histories)], axis=0)
    print(
        f"{histories} histories: {totals[0]} releases passed, {totals[1]} refused, {totals[2]} of {totals[3]} narrowed."
    )
