"""The rule for "under-engaged": what the counts allow to say of an area or a community, and how often it errs.

Under-engaged is the team's gap, never a community's fault, and never a ranking of people. ``geo.engagement.flags`` says
it in words; how well the rule works is in docs/engagement.md.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.special import gammainc, pdtr

from geo.engagement.intervals import LEVEL, Floats
from geo.engagement.rates import SIMILAR, Column, effective, posterior, ratio
from geo.engagement.shrinkage import FIXED, Prior

SURE = 0.8  # how probable it must be that less than SIMILAR of a share was met
FEWEST_EXPECTED = 3.0  # with fewer expected, no contact at all is still within what chance does (e^-3 = 5%)
MOST_FALSE = 0.045  # a little under one in twenty: what is expected is itself estimated from the log
_STRICTEST = 0.99

UNDER, ADEQUATE, WATCH, THIN = "under_engaged", "adequate", "watch", "not_enough_evidence"
NOBODY, ELSEWHERE, NO_DATA, NO_CONTACTS = "not_applicable", "nobody_lives_here", "no_data", "no_contacts"


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
    level: float = LEVEL,
) -> pd.DataFrame:
    """Return what the counts allow to say of each area or community, one row each, the index kept.

    ``observed``, ``expected``: contacts, best the number of events; for people give ``phi`` (``rates.clustering``),
    which both are divided by. ``population``: residents; without it everybody counts as living there. In this order, P
    being the probability that the rate is below ``threshold``:

    1. nobody lives there: ``not_applicable``, with contacts ``nobody_lives_here`` (a town centre, or a wrong ward?);
    2. a number unknown: ``no_data``; nothing expected because nothing at all was recorded: ``no_contacts``;
    3. P >= ``probability`` and expected >= ``fewest_expected``: ``under_engaged``;
    4. 1 - P >= ``probability``: ``adequate``;
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
        ((below >= probability) & enough, UNDER),
        (1 - below >= probability, ADEQUATE),
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


def chance_of_false_flag(
    expected: ArrayLike,
    *,
    prior: Prior = FIXED,
    threshold: float = SIMILAR,
    probability: float = SURE,
    fewest_expected: float = FEWEST_EXPECTED,
) -> Floats:
    """Return the chance that each community met at exactly its share is called under-engaged, counts being Poisson.

    ``expected``: effective. Depends on what is expected only, so it can be said before looking at a single contact; 0
    below ``fewest_expected``. The mean over all communities is the share of false flags to reckon with.
    """
    mean = np.asarray(expected, np.float64)
    judged = mean[mean >= fewest_expected]
    # the greatest count that is still flagged, by halving: P falls as the count grows
    low, high = np.full(len(judged), -1.0), np.ceil(4 * judged) + 20
    while (high - low > 1).any():
        middle = np.floor((low + high) / 2)
        flagged = gammainc(middle + prior.shape, threshold * (judged + prior.rate)) >= probability
        low, high = np.where(flagged, middle, low), np.where(flagged, high, middle)
    chance = np.zeros(mean.shape)
    chance[mean >= fewest_expected] = np.where(low >= 0, pdtr(np.maximum(low, 0), judged), 0.0)
    return chance


def sure_enough(expected: ArrayLike, *, most_false: float = MOST_FALSE, prior: Prior = FIXED) -> float:
    """Return the ``probability`` for ``classify``: 0.8, or as much more as keeps false flags rare in this very log.

    Raised in steps of 0.01, at most to 0.99, until the mean of ``chance_of_false_flag`` over all communities with
    something expected is at most ``most_false``. Where every community has 4 to 10 expected events, 0.8 would flag up
    to one in ten by chance; in most towns many are smaller or larger, and 0.8 stands.
    """
    mean = np.asarray(expected, np.float64)
    mean = mean[mean > 0]
    steps = np.arange(round(SURE * 100), round(_STRICTEST * 100) + 1) / 100
    for sure in steps if len(mean) else steps[:1]:
        if not len(mean) or chance_of_false_flag(mean, probability=sure, prior=prior).mean() <= most_false:
            return float(sure)
    return _STRICTEST
