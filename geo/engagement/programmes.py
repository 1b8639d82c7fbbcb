"""Programmes: a series of engagements that was decided once counts once as evidence.

A weekly club is one decision to meet somebody, not fifty. Engagements with the same community, ward, activity and focal
point belong to one programme while each follows the one before within ``LINK_DAYS``. Programmes are then independent
of each other, so that a count of them may be compared with chance; engagements are not.

Where much happens, separate engagements follow each other within eight weeks by accident, and the busiest communities
would seem to have fewer programmes than they had. So what is expected is worked out from the time in which a new
programme could have been seen at all: a stratum is blind while one of the same kind runs there and ``LINK_DAYS`` after,
as a counter is during its dead time. Source of the correction: Mueller 1973, doi 10.1016/0029-554X(73)90773-8.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LINK_DAYS = 56
_LEAST_FREE = 0.05  # of the period; below that nothing could be compared
_CALM = 0.1  # programmes of one kind expected by accident within LINK_DAYS of another
_FEWEST_CALM = 5


class Programmes(NamedTuple):
    """``started``: how many by stratum. ``free``: part of the period in which a new one could be seen, by stratum.

    ``spread``: mean of the squared number of engagements of a programme over the square of the mean, at least 1: by how
    much the number of engagements varies more than that of programmes. 1 where every programme has one engagement.
    """

    started: Ints
    free: Floats
    spread: float


def programmes(
    stratum: Ints, kind: Ints, day: Ints, *, strata: int, first_day: int, last_day: int, by_stratum: bool = False
) -> Programmes:
    """Return the programmes of each stratum (a community in a ward, or a ward), numbered from 0 to ``strata`` - 1.

    One entry an engagement: ``stratum``, ``kind`` (activity and focal point, as a number), ``day`` (of any calendar).
    ``first_day``, ``last_day``: of the period. ``by_stratum``: how common a kind is, is judged in its own stratum and
    not over all: for wards, whose kinds hold the communities that live there.
    """
    if not len(day):
        return Programmes(np.zeros(strata, np.int64), np.ones(strata), 1.0)
    order = np.lexsort((day, kind, stratum))
    stratum, kind, day = stratum[order], kind[order], day[order]
    new = np.ones(len(day), bool)
    new[1:] = (stratum[1:] != stratum[:-1]) | (kind[1:] != kind[:-1]) | (np.diff(day) > LINK_DAYS)
    begin = np.flatnonzero(new)
    end = np.append(begin[1:], len(day)) - 1
    where, what, size = stratum[begin], kind[begin], (end - begin + 1).astype(np.float64)
    started = np.bincount(where, minlength=strata)
    common = _common(where, what, started, by_stratum)
    period = max(last_day - first_day + 1, 1)
    blind = np.minimum(day[end] + LINK_DAYS, last_day) - day[begin]
    blocked = np.bincount(where, common * blind / period, minlength=strata)
    # what is hidden is among the engagements that were joined: where none was, as with meetings every ten weeks, all
    # of the time was free
    events = np.bincount(stratum, minlength=strata)
    free = np.maximum(1 - blocked, np.where(events > 0, started / np.maximum(events, 1), 1.0))
    calm = (started[where] - 1) * common * LINK_DAYS / period < _CALM
    kept = size[calm] if calm.sum() >= _FEWEST_CALM else size
    spread = float(len(kept) * (kept**2).sum() / kept.sum() ** 2)
    return Programmes(started, np.maximum(free, _LEAST_FREE), max(1.0, spread))


def whose(stratum: Ints, kind: Ints, day: Ints, named: Ints) -> Ints:
    """Return ``named`` (whom each engagement names, -1 nobody) with the unnamed filled in from their programme.

    An unnamed engagement belongs with the last named one of its stratum and kind if that was within ``LINK_DAYS``, else
    with the next: a club at which nobody wrote down who came that week is still the same club.
    """
    order = np.lexsort((named, day, kind, stratum))
    found = named[order]
    place = np.arange(len(order))
    key = np.stack((stratum[order], kind[order]))
    before = np.maximum.accumulate(np.where(found >= 0, place, -1))
    after = np.minimum.accumulate(np.where(found >= 0, place, len(order))[::-1])[::-1]
    filled = found.copy()
    for other in (after, before):  # the last named one decides where both are there
        there = (found < 0) & (other >= 0) & (other < len(order))
        at = np.where(there, other, 0)
        near = (np.abs(day[order][at] - day[order]) <= LINK_DAYS) & (key[:, at] == key).all(axis=0)
        filled = np.where(there & near, found[at], filled)
    back = np.empty_like(named)
    back[order] = filled
    return back


def _common(where: Ints, what: Ints, started: Ints, by_stratum: bool) -> Floats:
    """Return for each programme what part of the others are of its kind."""
    if by_stratum:
        pair = where * (int(what.max()) + 1) + what
        _, number = np.unique(pair, return_inverse=True)
        alike, others = np.bincount(number)[number] - 1, started[where] - 1
    else:
        alike, others = np.bincount(what)[what] - 1, np.full(len(what), len(what) - 1)
    return np.asarray(alike / np.maximum(others, 1), np.float64)
