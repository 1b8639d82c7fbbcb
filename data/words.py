"""Invented street names, enough of them for every small street."""

from __future__ import annotations

from random import Random

_FIRST = (
    "Alder", "Anchor", "Apple", "Ash", "Aspen", "Barley", "Beacon", "Beech", "Birch", "Bobbin", "Bramble", "Brook",
    "Cedar", "Chandler", "Cherry", "Clover", "Cobbler", "Cooper", "Copper", "Curlew", "Dunlin", "Elder", "Elm",
    "Fennel", "Fern", "Finch", "Foundry", "Gannet", "Gorse", "Hawthorn", "Hazel", "Heron", "Holly", "Juniper",
    "Kestrel", "Lapwing", "Larch", "Lilac", "Linnet", "Loom", "Maple", "Marram", "Meadow", "Net", "Oak", "Orchard",
    "Osier", "Pear", "Pine", "Plover", "Poplar", "Quince", "Reed", "Ropery", "Rowan", "Sail", "Sedge", "Skylark",
    "Sorrel", "Spindle", "Swift", "Tanner", "Teal", "Thistle", "Thorn", "Weaver", "Well", "Willow", "Wren", "Yew",
)  # fmt: skip
_KIND = ("Road", "Street", "Close", "Avenue", "Grove", "Terrace", "Drive", "Row")


def street_names(dice: Random) -> list[str]:
    """Return every street name once, shuffled."""
    names = [f"{first} {kind}" for first in _FIRST for kind in _KIND]
    dice.shuffle(names)
    return names
