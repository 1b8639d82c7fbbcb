"""The result in sentences a person can say aloud."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence

import shapely

from geo.errors import counted
from geo.hotspots.find import HotspotResult

_MONTHS = calendar.month_name[1:]
# above this share of the clustered incidents one hot spot has swallowed its neighbours
_ONE_TAKES_ALL = 0.5
_WIDE_M = 500
# groups that are too spread out, named one by one
_MOST_NAMED = 3


# the parameters of find_hotspots as an inspector reads them
PARAMETER_WORDS = {
    "eps": "Reach of the clustering (eps)",
    "min_incidents": "Least incidents within that reach (min_incidents)",
    "footprint": "Radius of the outline",
    "outline": "What hot spots are drawn on",
    "max_width": "Greatest width of a hot spot",
    "ground": "Share of the ground that hot spots may cover",
    "half_life": "Half-life of a report in order and outline",
    "months_left_out": "Months left out",
    "null": "What chance means",
    "simulations": "Simulations of chance",
    "seed": "Seed of the simulations",
}


# what a hot spot beyond chance has been shown to be, by null model
BEATEN = {
    "unequal": "busier than the other activity recorded at its map points would lead one to expect",
    "snap": "busier than if every map point were equally likely",
    "smooth": "busier than its wider surroundings would lead one to expect",
    "csr": "busier than if reports fell evenly over the ground",
    "background": "busier than any place would be if reports fell where other activity is",
}


def headline(result: HotspotResult, *, what: str, where: str, when: str) -> str:
    """Return the result in one or two sentences; counts are called reports, because that is what they are.

    It speaks of the hot spots that are beyond chance and says which chance that was; the others are only counted, so
    that nobody carries away a share that chance could have made. Where nothing was tested it speaks of all of them and
    claims nothing.
    """
    total, spots = len(result.incidents), result.hotspots
    if not len(spots):
        return f"No hot spots of {what} in {where}, {when}, at these settings ({counted(total, 'report')})."
    beaten = BEATEN.get(str(spots["null_model"].iloc[0]), "")
    firm = spots[~spots["could_be_chance"].astype(bool)]
    others = len(spots) - len(firm)
    if not len(firm):
        return (
            f"No hot spot of {what} in {where}, {when}, can be told from chance ({counted(total, 'report')}): "
            f"{counted(others, 'place')} with many reports"
            f"{f', but none {beaten}' if beaten else ', which could be chance'}."
        )
    held = int(firm["incidents"].sum())
    covered_km2 = shapely.union_all(firm.geometry.to_numpy()).area / 1e6 if others else result.covered_km2
    said = (
        f"{counted(len(firm), 'hot spot')} in {where} {'holds' if len(firm) == 1 else 'hold'} {held:,} of "
        f"{counted(total, 'report')} of {what} ({held / total:.0%}) on {_ground(covered_km2 / result.area_km2)} of the "
        f"ground, {when}."
    )
    rest = f"{counted(others, 'other place')} with many reports could be chance" if others else ""
    shown = f"{'It' if len(firm) == 1 else 'Each'} is {beaten}" if beaten else ""
    return f"{said} {'; '.join(part for part in (shown, rest) if part)}.".removesuffix(" .")


def describe_period(months: Sequence[str]) -> str:
    """Return the months covered as people say them, with a gap if there is one: ``January to December 2025``."""
    if not months:
        return "no month covered"
    first, last = months[0], months[-1]
    span = (int(last[:4]) - int(first[:4])) * 12 + int(last[5:]) - int(first[5:]) + 1
    gap = f" ({len(months)} of {span} months)" if len(months) < span else ""
    if first == last:
        return _month(first)
    if first[:4] == last[:4]:
        return f"{_month(first).split()[0]} to {_month(last)}{gap}"
    return f"{_month(first)} to {_month(last)}{gap}"


def describe_types(crime_types: Sequence[str]) -> str:
    """Return crime types as the headline names them: ``anti-social behaviour``, ``all crime types``."""
    if any(name.casefold() == "all" for name in crime_types):
        return "all crime types"
    return " and ".join(name.lower() if name.upper() != "ASB" else "anti-social behaviour" for name in crime_types)


def red_flags(result: HotspotResult) -> Iterator[str]:
    """Yield what a reader should know before trusting the hot spots: none, one that takes all, wider than a walk."""
    clustered, total = int(result.hotspots["incidents"].sum()), len(result.incidents)
    if not len(result.hotspots):
        yield "No hot spot: try a smaller --min-incidents, a larger --eps or a longer period."
        return
    largest = result.hotspots.sort_values("incidents", ascending=False, kind="stable").iloc[0]
    takes_most = len(result.hotspots) > 1 and largest["incidents"] > _ONE_TAKES_ALL * clustered
    if (takes_most or largest["incidents"] == total) and largest["width_m"] > _WIDE_M:
        yield (
            f"Hot spot {largest['rank']} holds {largest['incidents']:,} of the {clustered:,} incidents in hot spots: "
            "incidents chain together. Try a smaller --eps or a larger --min-incidents."
        )
    yield from _spread_out(result)
    wide = result.hotspots[result.hotspots["width_m"] > _WIDE_M]
    if len(wide):
        yield (
            f"{counted(len(wide), 'hot spot')} over {_WIDE_M} m wide (widest {wide['width_m'].max():,.0f} m): "
            "too large to be walked in one visit."
        )


def _spread_out(result: HotspotResult) -> Iterator[str]:
    """Yield how many reports of groups that were too wide are in none of their denser parts, and where the most are."""
    groups = result.too_spread_out
    named = [f"{counted(row.incidents, 'report')} round {row.name}" for row in groups.head(_MOST_NAMED).itertuples()]
    if len(groups) > _MOST_NAMED:
        others = groups["incidents"].iloc[_MOST_NAMED:]
        named.append(f"{counted(int(others.sum()), 'report')} in {counted(len(others), 'smaller group')}")
    if named:
        yield f"In no hot spot, as their groups are too wide and they lie outside the denser parts: {'; '.join(named)}."


def _month(month: str) -> str:
    return f"{_MONTHS[int(month[5:]) - 1]} {month[:4]}"


def _ground(share: float) -> str:
    return f"{share:.1%}" if share >= 0.0005 else "under 0.1%"
