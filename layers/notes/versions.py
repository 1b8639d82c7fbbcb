"""Which of several versions of a note is kept: by the changes made to it on the page, by hand, or by the clock.

==================================================================  ==================================================
two versions of one note                                             kept
==================================================================  ==================================================
one holds all changes of the other and more (``changes``)            that one
the same changes, or the same time and no changes: one of them was   the one edited later: out of a layer that geo
edited by hand                                                       collected or out of another program, before the
                                                                     page's own
... and both or neither came that way                                where the words of one are those of the other with
                                                                     some taken out, the one without them; else both
no changes known, times at most a day apart                          the later time
times farther apart, or one unknown; changes on both sides           both: a clock was wrong, or two tables changed it
==================================================================  ==================================================

So a detail that was taken out does not come back with an older copy, and a slow clock loses nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import NamedTuple

BY_CHANGES = "an earlier version of a note that was changed"
BY_CLOCK = "a version of a note with an earlier time"
BY_HAND = "the version of a note before it was edited by hand"
FULLER = "a version of a note with words that were taken out of another"
_SAME_CLOCK = dt.timedelta(days=1)
_MASKS = ("…", "...", "[...]", "[removed]", "[redacted]", "***", "xxx", "xxxx")
_NAMES = uuid.UUID("6f0b1d2e-7f4b-5c55-9a51-0f6d2f0a8c12")


class Version(NamedTuple):
    """One version: its changes (oldest first, none where the file has none), its time (None where unknown), whether it
    came by way of another program or of a collected layer, and what it says (words, feeling, outline).
    """

    changes: tuple[str, ...]
    created: dt.datetime | None
    by_hand: bool
    note: str
    feeling: str
    drawn: bytes


def outdone(versions: Sequence[Version]) -> list[str | None]:
    """Return for each version of one note why it is not kept; None for those that are.

    The order of the versions changes nothing. At least one is kept.
    """
    reasons: list[str | None] = []
    for one in versions:
        why = [reason for other in versions if other is not one and (reason := _worse(one, other))]
        reasons.append(min(why, key=_ORDER.index) if why else None)
    return reasons if None in reasons else [None] * len(reasons)


_ORDER = [BY_CHANGES, BY_HAND, FULLER, BY_CLOCK]


def _worse(one: Version, other: Version) -> str | None:
    """Return why ``one`` gives way to ``other``; None where it does not."""
    if one.changes and other.changes and one.changes != other.changes:
        return BY_CHANGES if one.changes[-1] in other.changes and other.changes[-1] not in one.changes else None
    if one.changes == other.changes and (one.changes or one.created == other.created):
        if one.by_hand != other.by_hand:
            return BY_HAND if other.by_hand else None
        return FULLER if _taken_out(other.note, one.note) else None
    if one.created is None or other.created is None:
        return None
    apart = other.created - one.created
    return BY_CLOCK if dt.timedelta(0) < apart <= _SAME_CLOCK else None


def _taken_out(short: str, long: str) -> bool:
    """Return whether ``short`` is ``long`` with words taken out, perhaps with a mark in their place."""
    left = [word for word in short.casefold().split() if word not in _MASKS]
    if len(left) >= len(long.split()):
        return False
    words = iter(long.casefold().split())
    return all(word in words for word in left)


def own_id(name: str, version: Version) -> str:
    """Return an id for a version that is kept beside another of the same id: the same for the same version."""
    return str(uuid.uuid5(_NAMES, "\x1f".join([name, version.note, version.feeling, version.drawn.hex()])))
