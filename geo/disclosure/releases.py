"""What all releases together tell: one linear system over the smallest areas, periods and types any of them speaks of.

January to March 14, January to April 15: April had 1. Wards A and B and C 60, A 25, B 30: C has 5. Every published
number says that the sum of some cells lies in an interval (its rounding, or its band); cells are not negative. The
lowest and highest value of a cell, or of what is left of one release without others, that all of them allow is what a
reader can work out, by the dual of linear programming. Fischetti and Salazar-Gonzalez (2000), Journal of the American
Statistical Association 95, 916-928, protect one table so; here the tables are those of all releases.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Cell = tuple[int, int, int]
ELSEWHERE = "what no release names"
# a figure worked out from more rounded ones than this is a guess, and its interval alone is judged
_MOST_TERMS = 4
_MOST_UNIONS = 30
_SLACK = 1e-6


@dataclass(frozen=True)
class Figure:
    """One published number: ``measure`` counted in ``areas`` from day ``begin`` until before day ``end``, of ``types``.

    ``areas`` and ``types`` are names; None: everywhere, all types. The true number lies in ``low`` to ``high``, both
    in it (``high`` may be infinite); ``shown`` is the number as printed, None where only a band is. ``release`` says
    in which release it stands, 0 for the first one.
    """

    release: int
    measure: str
    areas: frozenset[str] | None
    begin: int
    end: int
    types: frozenset[str] | None
    low: float
    high: float
    shown: float | None = None


class Told(NamedTuple):
    """A number that can be worked out: ``measure``; ``areas`` and ``types`` (names; None: all); ``begin`` and ``end``
    (days); ``releases``: which ones are needed for it; ``axis``: on which these differ (period, area or type);
    ``contradiction``: no number at all fits them.
    """

    measure: str
    areas: frozenset[str] | None
    begin: int
    end: int
    types: frozenset[str] | None
    releases: tuple[int, ...]
    axis: str
    contradiction: bool = False


def interval(shown: float, rounding: int, minimum: int) -> tuple[float, float]:
    """Return what a count may have been before it was rounded to ``rounding``; counts below ``minimum`` are hidden."""
    if rounding <= 1 or shown <= 0:
        return shown, shown
    half = rounding / 2
    return max(math.ceil(shown - half), min(minimum, shown)), math.ceil(shown + half) - 1


def worked_out(
    figures: Sequence[Figure], new: int, minimum: int, *, within: Mapping[str, str] | None = None
) -> list[Told]:
    """Return what release ``new`` tells together with the others, and no release before it did.

    Refused is a number that may be 1 to ``minimum`` - 1 and is known to fewer than ``minimum`` values apart, be it of a
    cell, of what one figure has more than others inside it, or of neighbouring periods together; also one that the
    figures as printed fix to 1 to ``minimum`` - 1, where at most four of them are needed, whatever their rounding.
    ``within``: {area: the area it is a part of}. Figures that cannot all be true (counted again since) are one finding.
    """
    told: list[Told] = []
    known: dict[Any, list[Any]] = {}
    for measure in sorted({one.measure for one in figures if one.release == new}):
        system = _System([one for one in figures if one.measure == measure], within or {})
        for part in system.parts():
            if len(part.figures) > 1 and any(one.release == new for one in part.figures):
                told += part.told(new, minimum, known)
    return told


class _Part(NamedTuple):
    """Figures that share cells, directly or by way of others, and the cells of each."""

    system: _System
    figures: list[Figure]
    cells: list[frozenset[Cell]]

    def told(self, new: int, minimum: int, known: dict[Any, list[Any]]) -> list[Told]:
        """Return what ``new`` tells here. ``known``: what was found of parts of this very form, and will be."""
        cells = sorted(frozenset().union(*self.cells))
        number = {cell: i for i, cell in enumerate(cells)}
        form = tuple(
            (one.release, one.low, one.high, one.shown, tuple(sorted(number[cell] for cell in group)))
            for one, group in zip(self.figures, self.cells, strict=True)
        )
        if form not in known:
            found = self._found(new, minimum)
            known[form] = [([number[cell] for cell in target], *more) for target, *more in found]
        return [
            self.system.described(frozenset(cells[i] for i in target), releases, axis, contradiction)
            for target, releases, axis, contradiction in known[form]
        ]

    def _found(self, new: int, minimum: int) -> list[tuple[frozenset[Cell], tuple[int, ...], str, bool]]:
        solver = _Solver(self.figures, self.cells)
        before = [i for i, one in enumerate(self.figures) if one.release != new]
        earlier = _Solver([self.figures[i] for i in before], [self.cells[i] for i in before]) if before else None
        if earlier is None:
            return []  # one release alone is protected as a table, by ``geo.disclosure.suppress``
        if not solver.possible():
            torn = len({one.release for one in self.figures}) > 2 and not earlier.possible()
            return self._one_by_one(new, minimum) if torn else [self._contradiction(new)]
        found = []
        for target in self._targets(new):
            if any(one.low >= minimum and cells <= target for one, cells in zip(self.figures, self.cells, strict=True)):
                continue
            used = solver.unsafe(target, minimum)
            if new in used and len(used) > 1 and not earlier.unsafe(target, minimum):
                found.append((target, tuple(used), self._axis(target), False))
        # a sum that is told by the same releases stands for its cells
        return [one for one in found if not any(one[0] < other[0] and one[1] == other[1] for other in found)]

    def _one_by_one(self, new: int, minimum: int) -> list[tuple[frozenset[Cell], tuple[int, ...], str, bool]]:
        """Return what ``new`` tells with each other release, where these cannot all be true."""
        found = []
        for other in sorted({one.release for one in self.figures} - {new}):
            at = [i for i, one in enumerate(self.figures) if one.release in (other, new)]
            pair = _Part(self.system, [self.figures[i] for i in at], [self.cells[i] for i in at])
            found += pair._found(new, minimum)
        return found

    def _targets(self, new: int) -> list[frozenset[Cell]]:
        """Return what may be worked out: cells, one figure without others, neighbouring periods of a figure's areas."""
        every = frozenset().union(*self.cells)
        targets: dict[frozenset[Cell], None] = {frozenset((cell,)): None for cell in sorted(every)}
        order = sorted(range(len(self.cells)), key=lambda i: -len(self.cells[i]))
        for whole in order:
            rest = self.cells[whole]
            for inner in order:
                if self.cells[inner] < self.cells[whole]:
                    targets[self.cells[whole] - self.cells[inner]] = None
                if self.cells[inner] < rest:
                    rest = rest - self.cells[inner]
            targets[rest] = None
        for columns in {frozenset((area, kind) for area, _, kind in cells) for cells in self.cells}:
            periods = sorted({period for _, period, _ in every})
            if len(periods) <= _MOST_UNIONS:
                for i, first in enumerate(periods):
                    for last in periods[i + 1 :]:
                        target = frozenset((a, p, k) for a, k in columns for p in range(first, last + 1))
                        if target <= every:
                            targets[target] = None
        own = {
            cells
            for one, cells in zip(self.figures, self.cells, strict=True)
            if one.release == new and one.high < math.inf and (one.shown is None or one.low == one.high)
        }
        return [target for target in targets if target and target not in own]

    def _axis(self, target: frozenset[Cell]) -> str:
        """Return on which axis the figures round a target are wider than it."""
        best, axis = math.inf, "period"
        for cells in self.cells:
            if target < cells and len(cells) < best:
                best = len(cells)
                wider = [len({cell[i] for cell in cells}) > len({cell[i] for cell in target}) for i in range(3)]
                axis = "area" if wider[0] else "type" if wider[2] else "period"
        return axis

    def _contradiction(self, new: int) -> tuple[frozenset[Cell], tuple[int, ...], str, bool]:
        both = zip(self.figures, self.cells, strict=True)
        cells = frozenset().union(*(cells for one, cells in both if one.release == new))
        return cells, tuple(sorted({one.release for one in self.figures})), "period", True


class _Solver:
    """The bounds that figures put on sums of cells."""

    def __init__(self, figures: Sequence[Figure], cells: Sequence[frozenset[Cell]]) -> None:
        import numpy as np
        from scipy.sparse import csr_array

        self.figures = figures
        self.names: dict[Cell, int] = {}
        for group in cells:
            for cell in sorted(group):
                self.names.setdefault(cell, len(self.names))
        row = [i for i, group in enumerate(cells) for _ in group]
        column = [self.names[cell] for group in cells for cell in group]
        self.matrix = csr_array((np.ones(len(row)), (row, column)), shape=(len(cells), len(self.names)))
        self.low = np.array([one.low for one in figures])
        self.high = np.array([one.high for one in figures])
        self.printed = np.array([math.nan if one.shown is None else one.shown for one in figures])

    def unsafe(self, target: frozenset[Cell], minimum: int) -> list[int]:
        """Return the releases that tell too much of the sum of some cells; none if they do not."""
        if not all(cell in self.names for cell in target):
            return []  # what no figure speaks of has no highest value
        low, high, terms = self._range(target, self.low, self.high)
        if low is None:
            return []
        if _tells(low, high, minimum):
            return self._releases(terms)
        nominal_low = [
            shown if not math.isnan(shown) else low for shown, low in zip(self.printed, self.low, strict=True)
        ]
        nominal_high = [
            shown if not math.isnan(shown) else up for shown, up in zip(self.printed, self.high, strict=True)
        ]
        if nominal_low == self.low.tolist() and nominal_high == self.high.tolist():
            return []
        import numpy as np

        low, high, terms = self._range(target, np.array(nominal_low), np.array(nominal_high))
        if low is not None and high - low < _SLACK and 1 <= low < minimum and len(terms) <= _MOST_TERMS:
            return self._releases(terms)
        return []

    def possible(self) -> bool:
        """Return whether any counts fit the figures."""
        return self._range(frozenset(), self.low, self.high)[0] is not None

    def _range(
        self, target: frozenset[Cell], low: NDArray[np.float64], high: NDArray[np.float64]
    ) -> tuple[float | None, float, set[int]]:
        """Return the lowest and highest sum (None: no cells fit the figures), and which figures fix them."""
        import numpy as np
        from scipy.optimize import linprog
        from scipy.sparse import vstack

        aim = np.zeros(len(self.names))
        aim[[self.names[cell] for cell in target]] = 1
        bounded = np.isfinite(high)
        sides = vstack([self.matrix[np.flatnonzero(bounded)], -self.matrix]).tocsr()
        limits = np.concatenate([high[bounded], -low])
        rows = [*np.flatnonzero(bounded).tolist(), *range(len(low))]
        ends, terms = [], set()
        for sign in (1, -1):
            done = linprog(sign * aim, A_ub=sides, b_ub=limits, bounds=(0, None), method="highs")
            if done.status == 2:
                return None, math.inf, set()
            if done.status != 0:
                ends.append(-sign * math.inf)
                continue
            ends.append(float(sign * done.fun))
            terms |= {rows[i] for i in np.flatnonzero(np.abs(done.ineqlin.marginals) > _SLACK)}
        return ends[0], ends[1], terms

    def _releases(self, terms: Iterable[int]) -> list[int]:
        return sorted({self.figures[i].release for i in terms})


def _tells(low: float, high: float, minimum: int) -> bool:
    """Return whether a count known to lie between two numbers may be small, and is known too closely."""
    least, most = math.ceil(low - _SLACK), high if math.isinf(high) else math.floor(high + _SLACK)
    return least < minimum and most >= 1 and most - least < minimum


class _System:
    """Figures of one measure, with areas, days and types cut so that each figure is a set of whole cells."""

    def __init__(self, figures: Sequence[Figure], within: Mapping[str, str]) -> None:
        self.figures = list(figures)
        self.areas = _Axis([_opened(one.areas, figures, within) for one in figures])
        self.types = _Axis([one.types for one in figures])
        self.days = sorted({day for one in figures for day in (one.begin, one.end)})
        self.cells = [
            frozenset(
                (area, period, kind)
                for area in self.areas.groups[i]
                for period in range(self.days.index(one.begin), self.days.index(one.end))
                for kind in self.types.groups[i]
            )
            for i, one in enumerate(figures)
        ]

    def parts(self) -> list[_Part]:
        """Return the figures in groups that share no cell."""
        first: dict[Cell, int] = {}
        parent = list(range(len(self.figures)))

        def root(i: int) -> int:
            while parent[i] != i:
                parent[i] = parent[parent[i]]
                i = parent[i]
            return i

        for i, cells in enumerate(self.cells):
            for cell in cells:
                parent[root(i)] = root(first.setdefault(cell, i))
        groups = defaultdict(list)
        for i in range(len(self.figures)):
            groups[root(i)].append(i)
        return [_Part(self, [self.figures[i] for i in at], [self.cells[i] for i in at]) for at in groups.values()]

    def described(self, cells: frozenset[Cell], releases: tuple[int, ...], axis: str, contradiction: bool) -> Told:
        """Return cells in words."""
        periods = sorted({period for _, period, _ in cells})
        return Told(
            self.figures[0].measure,
            self.areas.named({area for area, _, _ in cells}),
            self.days[periods[0]],
            self.days[periods[-1] + 1],
            self.types.named({kind for _, _, kind in cells}),
            releases,
            axis,
            contradiction,
        )


class _Axis:
    """Names that always go together are one group; what no figure names, but some mean by "all", is group 0."""

    def __init__(self, chosen: Sequence[frozenset[str] | None]) -> None:
        asked = defaultdict(list)
        for i, names in enumerate(chosen):
            for name in names or ():
                asked[name].append(i)
        number = {tuple(where): i for i, where in enumerate(dict.fromkeys(map(tuple, asked.values())), start=1)}
        group = {name: number[tuple(where)] for name, where in asked.items()}
        self.names: dict[int, set[str]] = defaultdict(set)
        for name, at in group.items():
            self.names[at].add(name)
        every = {0, *number.values()}
        self.groups = [every if names is None else {group[name] for name in names} for names in chosen]

    def named(self, groups: set[int]) -> frozenset[str] | None:
        """Return the names in groups; None for all there are, ELSEWHERE for what no release names."""
        if groups == {0, *self.names}:
            return None
        return frozenset().union(*({ELSEWHERE} if at == 0 else self.names[at] for at in groups))


def _opened(
    areas: frozenset[str] | None, figures: Sequence[Figure], within: Mapping[str, str]
) -> frozenset[str] | None:
    """Return areas with those that others name a part of replaced by the parts and what is left of them."""
    if areas is None:
        return None
    named = frozenset().union(*(one.areas for one in figures if one.areas is not None))
    found: set[str] = set()
    for area in areas:
        parts = {part for part in named if part != area and within.get(part) == area}
        found |= {*parts, f"the rest of {area}"} if parts else {area}
    return frozenset(found)
