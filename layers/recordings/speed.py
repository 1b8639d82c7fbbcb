"""Fixes of a recorded walk that are faster than 40 km/h: jumps of the receiver, and rides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from layers.libraries import NDArray, np

FASTEST_KMH = 40.0
NOISE_M = 50.0  # two fixes a second apart can differ by this much, standing still
WINDOW_S = 60.0

if TYPE_CHECKING:
    Floats = NDArray[np.float64]


def too_fast(seconds: Floats, x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Return for each fix whether it lies farther from the fixes before it than 40 km/h and 50 m of noise allow.

    ``seconds``: ascending; ``x``, ``y``: metres. A fix is compared with the last good one, and with the first good one
    of the minute before it: so a single jump is found, and a ride too, of which no two fixes are far apart. The longest
    run without a jump is taken as right; the fixes after it are checked forwards and those before it backwards, so that
    a bad first fix does not discredit the rest.
    """
    n = len(seconds)
    fast: NDArray[np.bool_] = np.zeros(n, bool)
    if n < 2:
        return fast
    step = np.hypot(np.diff(x), np.diff(y)) > _reach(np.diff(seconds))
    starts = np.concatenate([[0], np.flatnonzero(step) + 1])
    ends = np.append(starts[1:], n)
    longest = int(np.argmax(ends - starts))
    begin = int(starts[longest])
    fast[begin:] = _forwards(seconds[begin:], x[begin:], y[begin:])
    # the same, back in time, from the first fix of the run
    back = slice(begin, None, -1)
    fast[back] |= _forwards(-seconds[back], x[back], y[back])
    return fast


def _forwards(seconds: Floats, x: Floats, y: Floats) -> NDArray[np.bool_]:
    fast: NDArray[np.bool_] = np.zeros(len(seconds), bool)
    times, easts, norths = seconds.tolist(), x.tolist(), y.tolist()
    good = [0]
    first = 0  # where in ``good`` the minute before the fix begins
    for i in range(1, len(times)):
        while first < len(good) - 1 and times[i] - times[good[first]] > WINDOW_S:
            first += 1
        for j in (good[-1], good[first]):
            apart = ((easts[i] - easts[j]) ** 2 + (norths[i] - norths[j]) ** 2) ** 0.5
            if apart > _reach(times[i] - times[j]):
                fast[i] = True
                break
        else:
            good.append(i)
    return fast


def _reach(seconds: Floats | float) -> Floats | float:
    """Return how far apart two fixes may be."""
    return NOISE_M + FASTEST_KMH / 3.6 * seconds
