"""Which months the data cover, force by force: a month without files is unknown, not empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from geo.errors import listed
from geo.hotspots.tally import Ints, crosstab
from geo.hotspots.trend import refuse_unreadable, say_month
from geo.hotspots.tune import Parameter

# a month with under a tenth of its force's median is a file cut short, if the median is too high for chance
_EMPTY, _USUAL = 0.1, 20
# a force with fewer of a hot spot's reports does not decide which months are known there
_DECIDES = 0.1


class Coverage(NamedTuple):
    """``months``: every month that some force covers, in order; ``forces``: by name; ``known``: which months each of
    them covers, shape (forces, months); ``left_out``: a parameter that names months taken for incomplete, if any are.
    """

    months: list[str]
    forces: list[str]
    known: NDArray[np.bool_]
    left_out: list[Parameter]

    def force_of(self, incidents: pd.DataFrame) -> Ints:
        """Return the number of each incident's force; all are of one force where none is named."""
        if "force" not in incidents or len(self.forces) == 1:
            return np.zeros(len(incidents), np.int64)
        return pd.Index(self.forces).get_indexer(incidents["force"]).astype(np.int64)

    def of_groups(self, incidents: pd.DataFrame, label: Ints, count: int) -> NDArray[np.bool_]:
        """Return which months are known of each group, shape (count, months): those its forces all cover.

        A force that brings under a tenth of a group's reports does not count.
        """
        brought = crosstab(label, self.force_of(incidents), (count, len(self.forces)))
        decides = brought >= np.maximum(_DECIDES * brought.sum(axis=1, keepdims=True), 1)
        # known unless some force that decides does not cover it
        return (decides.astype(np.int64) @ ~self.known) == 0


def covered_months(
    incidents: pd.DataFrame, months: Sequence[str] | None, coverage: Mapping[str, Sequence[str]] | None
) -> Coverage:
    """Return which months the data cover.

    ``months``: those of all incidents (default: those that occur). ``coverage``: the months of each force, by the names
    in the column ``force`` of ``incidents``; a force it does not name has ``months``. A month in which a force has
    under a tenth of its median (if that is 20 or more) is left out and named: a file cut short, not a quiet month.
    Raises GeoError for months that cannot be read.
    """
    every = set(months if months is not None else incidents["month"].dropna().unique())
    by_force = dict(coverage or {}) if "force" in incidents else {}
    named = sorted(set(incidents["force"].dropna()) | set(by_force)) if by_force else [""]
    wanted = sorted(every.union(*by_force.values()))
    refuse_unreadable(wanted)
    of = {force: set(by_force.get(force, every)) for force in named}
    found = Coverage(wanted, named, np.array([[month in of[force] for month in wanted] for force in named], bool), [])
    counts = crosstab(
        found.force_of(incidents),
        pd.Index(wanted, dtype="object").get_indexer(incidents["month"]).astype(np.int64),
        (len(named), len(wanted)),
    )
    empty = np.zeros(found.known.shape, bool)
    for force, (own, known) in enumerate(zip(counts, found.known, strict=True)):
        usual = float(np.median(own[known])) if known.any() else 0.0
        empty[force] = known & (usual >= _USUAL) & (own < _EMPTY * usual)
    names = [
        f"{say_month(wanted[month])}{f' ({named[force]})' if named[force] else ''}"
        for force, month in zip(*np.nonzero(empty), strict=True)
    ]
    reason = "under a tenth of the usual number of reports: taken as a month without data, not as a quiet one"
    left_out = [Parameter("months_left_out", listed(names, 12), "", reason)] if names else []
    known = found.known & ~empty
    some = np.flatnonzero(known.any(axis=0))
    return Coverage([wanted[month] for month in some], named, known[:, some], left_out)
