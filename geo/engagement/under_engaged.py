"""The rule for "under-engaged": what the counts allow to say of an area or a community, and how often it errs.

Under-engaged is the team's gap, never a community's fault, and never a ranking of people. ``geo.engagement.flags`` says
it in words; how well the rule works is in docs/engagement.md.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import bdtr, gammainc

from geo.engagement.intervals import LEVEL, Floats
from geo.engagement.rates import SIMILAR, Column, effective, posterior, ratio
from geo.engagement.shrinkage import FIXED, Prior

SURE = 0.8  # how probable it must be that less than SIMILAR of a share was met
FEWEST_EXPECTED = 3.0  # with fewer expected, no contact at all is still within what chance does (e^-3 = 5%)
FALSE_FLAGS = 0.1  # chance of naming anybody wrongly in a log that met everybody alike
A_THIRD = 1 / 3  # the gap whose chance of being found is stated
_DRAWS = 2000
_MOST_NUMBERS = 4_000_000

UNDER, ADEQUATE, WATCH, THIN = "under_engaged", "adequate", "watch", "not_enough_evidence"
NOBODY, ELSEWHERE, NO_DATA, NO_CONTACTS = "not_applicable", "nobody_lives_here", "no_data", "no_contacts"

Flags = NDArray[np.bool_]


def classify(
    observed: Column,
    expected: Column,
    population: Column | None = None,
    *,
    phi: Column | float = 1.0,
    prior: Prior = FIXED,
    threshold: float = SIMILAR,
    probability: float = SURE,
    fewest_expected: float = FEWEST_EXPECTED,
    beyond: ArrayLike = True,
    level: float = LEVEL,
) -> pd.DataFrame:
    """Return what the counts allow to say of each area or community, one row each, the index kept.

    ``observed``, ``expected``: contacts, best the number of programmes; for people give ``phi``
    (``rates.clustering``), which both are divided by. ``population``: residents; without it everybody counts as living
    there. ``beyond``: whether the shortfall is beyond chance among all that were looked at (``beyond_chance``). In this
    order, P being the probability that the rate is below ``threshold``:

    1. nobody lives there: ``not_applicable``, with contacts ``nobody_lives_here`` (a town centre, or a wrong ward?);
    2. a number unknown: ``no_data``; nothing expected because nothing at all was recorded: ``no_contacts``;
    3. P >= ``probability``, expected >= ``fewest_expected`` and ``beyond``: ``under_engaged``;
    4. 1 - P >= ``probability`` and expected >= ``fewest_expected``: ``adequate``;
    5. P >= 0.5 and expected >= ``fewest_expected``: ``watch``;
    6. otherwise ``not_enough_evidence``.

    Columns out: ``status``, ``observed`` and ``expected`` (effective), ``ratio``, ``rate`` (posterior mean), ``low``
    and ``high`` (of the rate), ``probability_below`` (P). The fixed prior is the default because a fitted one makes a
    single gap among many communities invisible; ``shrinkage.prior_for`` gives the fitted one.
    """
    counts = effective(observed, expected, phi)
    known = posterior(counts["observed"], counts["expected"], threshold=threshold, level=level, prior=prior)
    people = np.ones(len(counts)) if population is None else np.asarray(population, np.float64)
    below, enough = known["probability_below"], counts["expected"] >= fewest_expected
    rules = [
        ((people == 0) & (counts["observed"] > 0), ELSEWHERE),
        (people == 0, NOBODY),
        (np.isnan(people) | counts["observed"].isna() | counts["expected"].isna(), NO_DATA),
        (counts["expected"] == 0, NO_CONTACTS),
        ((below >= probability) & enough & np.asarray(beyond, bool), UNDER),
        ((1 - below >= probability) & enough, ADEQUATE),
        ((below >= 0.5) & enough, WATCH),
    ]
    code = np.select([np.asarray(rule, bool) for rule, _ in rules], [name for _, name in rules], THIN)
    share = ratio(counts["observed"], counts["expected"], level=level)["ratio"]
    return pd.DataFrame({"status": code.astype(object)}, index=counts.index).assign(
        **{name: counts[name] for name in counts}, ratio=share, **{name: known[name] for name in known}
    )


def expected_false_flags(result: pd.DataFrame) -> float:
    """Return how many of the under-engaged of ``classify`` are expected not to be: the sum of 1 - P over them."""
    return float((1 - result.loc[result["status"] == UNDER, "probability_below"]).sum())


def beyond_chance(
    families: Sequence[tuple[ArrayLike, ArrayLike]],
    *,
    fewest_expected: float = FEWEST_EXPECTED,
    false_flags: float = FALSE_FLAGS,
) -> list[Flags]:
    """Return by family which counts fall short of what was expected by more than chance among all of them allows.

    ``families``: (observed, expected) programmes of the communities of a kind, or of the wards; within a family they
    share out one total, so a count is binomial. Only rows with ``fewest_expected`` expected are looked at. Correction
    for looking at all of them at once: Benjamini and Hochberg 1995, doi 10.1111/j.2517-6161.1995.tb02031.x. Where
    everybody is met alike, a log has any false flag in at most ``false_flags`` of cases.
    """
    found, chances = [], []
    for observed, expected in families:
        count, mean = np.asarray(observed, np.float64), np.asarray(expected, np.float64)
        judged = mean >= fewest_expected
        found.append(judged)
        chances.append(_chance_of_so_few(count[judged], mean[judged], float(np.nansum(mean))))
    if not found:
        return []
    together = np.concatenate(chances)
    beyond = _many_tests(together[None, :], false_flags)[0]
    for judged, part in zip(found, np.split(beyond, np.cumsum([len(own) for own in chances])[:-1]), strict=True):
        judged[judged] = part
    return found


def chance_of_any_false_flag(
    families: Sequence[ArrayLike],
    *,
    threshold: float = SIMILAR,
    probability: float = SURE,
    fewest_expected: float = FEWEST_EXPECTED,
    false_flags: float = FALSE_FLAGS,
    seed: int = 0,
) -> float:
    """Return the chance that a log which met everybody alike calls anybody under-engaged, by drawing such logs.

    ``families``: expected programmes, as in ``beyond_chance``. Depends on what is expected only, so it can be said
    before looking at a single contact. 0 where nothing is expected often enough.
    """
    means = [np.sort(mean[np.isfinite(mean) & (mean > 0)]) for mean in (np.asarray(one, float) for one in families)]
    means = [mean for mean in means if (mean >= fewest_expected).any()]
    if not means:
        return 0.0
    draws = int(np.clip(_MOST_NUMBERS // sum(len(mean) for mean in means), 100, _DRAWS))
    random = np.random.default_rng(seed)
    chances, below = [], []
    for mean in means:
        total, judged = mean.sum(), mean >= fewest_expected
        drawn = random.multinomial(max(round(total), 1), mean / total, draws)[:, judged].astype(np.float64)
        chances.append(_chance_of_so_few(drawn, mean[judged], total))
        below.append(gammainc(drawn + FIXED.shape, threshold * (mean[judged] + FIXED.rate)) >= probability)
    flagged = _many_tests(np.concatenate(chances, axis=1), false_flags) & np.concatenate(below, axis=1)
    return float(flagged.any(axis=1).mean())


def chance_to_show(
    expected: ArrayLike,
    *,
    judged: int,
    below: ArrayLike = SIMILAR,
    gap: float = A_THIRD,
    threshold: float = SIMILAR,
    probability: float = SURE,
    fewest_expected: float = FEWEST_EXPECTED,
    false_flags: float = FALSE_FLAGS,
) -> Floats:
    """Return the chance that this log would have shown a community met at ``gap`` of its share, were it the only one.

    ``expected``: programmes of one family. ``judged``: how many rows of all families are looked at. ``below``: the
    ratio that must not be reached for the gap to stand whatever the unnamed engagements were (by row; at or under
    ``gap`` nothing can be shown). 0 where fewer than ``fewest_expected`` were expected; NaN where unknown.
    """
    mean, limit = np.broadcast_arrays(np.asarray(expected, np.float64), np.asarray(below, np.float64))
    total = float(np.nansum(mean))
    if total <= 0:
        return np.where(np.isnan(mean), np.nan, 0.0)
    # the greatest count that is still flagged, by halving: both conditions fail for good as the count grows
    low, high = np.full(mean.shape, -1.0), np.ceil(np.nan_to_num(mean)) + 1
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        few = _chance_of_so_few(middle, mean, total) <= false_flags / max(judged, 1)
        sure = gammainc(middle + FIXED.shape, threshold * (mean + FIXED.rate)) >= probability
        flagged = few & sure & (middle < limit * mean)
        low, high = np.where(flagged, middle, low), np.where(flagged, high, middle)
    shown = _binomial(low, total, gap * mean / total)
    shown = np.where((low >= 0) & (mean >= fewest_expected), shown, 0.0)
    return np.where(np.isnan(mean), np.nan, shown)


def _chance_of_so_few(count: Floats, mean: Floats, total: float) -> Floats:
    """Return the chance of ``count`` or fewer of ``total`` where ``mean`` were expected."""
    return _binomial(count, total, mean / total) if total > 0 else np.ones(np.shape(count))


def _binomial(count: Floats, total: float, share: Floats) -> Floats:
    n = max(round(total), 1)
    return np.asarray(bdtr(np.clip(np.floor(count), 0, n), n, np.clip(share, 0, 1)), np.float64)


def _many_tests(chances: Floats, rate: float) -> Flags:
    """Return by row which chances Benjamini and Hochberg's procedure accepts at ``rate``."""
    many = chances.shape[1]
    if not many:
        return np.zeros(chances.shape, bool)
    ordered = np.sort(chances, axis=1)
    within = ordered <= rate * np.arange(1, many + 1) / many
    last = many - 1 - np.argmax(within[:, ::-1], axis=1)
    cut = np.where(within.any(axis=1), np.take_along_axis(ordered, last[:, None], axis=1)[:, 0], -1.0)
    return np.asarray(chances <= cut[:, None], bool)
