"""Layers as a profile lets them out: what it forbids is not in them, hidden or otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import geopandas as gpd
import pandas as pd

from geo.disclosure.columns import PART_OF
from geo.disclosure.places import coarsened, levels_of, only_public, without_labels
from geo.disclosure.profiles import Profile
from geo.disclosure.tables import HIDDEN, protect
from geo.errors import counted, listed

ROUNDED = "Counts are rounded to the nearest {base}, each alone: they may not add up to their total."


class Release(NamedTuple):
    """``layers``: {name: frame} as they may leave; ``taken_out``: sentences about what is not in them, without a value
    of it.
    """

    layers: dict[str, pd.DataFrame]
    taken_out: list[str]


def release(layers: Mapping[str, pd.DataFrame], profile: Profile) -> Release:
    """Return the layers as ``profile`` lets them out, copies with a fresh index, and what was taken out.

    A layer or column that the profile does not list is left out, so are places that are not public, flags on places of
    worship (in every profile), small counts and what would give them back; the rest is rounded and positions are moved
    to the profile's grid. Layers with geometry must be in metres (GeoError). Two releases of overlapping data can
    still be subtracted from each other: see ``geo.disclosure.series``.
    """
    said: list[str] = []
    kept: dict[str, pd.DataFrame] = {}
    left_out = sorted(name for name in layers if name not in profile.columns)
    if left_out:
        said.append(f"Left out whole: {listed(left_out, 20)}.")
    for name in sorted(set(layers) - set(left_out)):
        kept[name] = _released(layers[name].reset_index(drop=True), name, profile, said)
    if profile.coordinate_m > 0:
        coarse = levels_of(kept)
        for name in coarse:
            layer = kept[name]
            assert isinstance(layer, gpd.GeoDataFrame)
            kept[name] = coarsened(layer, profile.coordinate_m, name)
        if coarse:
            said.append(f"Positions moved to a grid of {profile.coordinate_m:g} m: {listed(coarse, 20)}.")
    if profile.rounding > 1:
        said.append(ROUNDED.format(base=profile.rounding))
    return Release(kept, said)


def _released(layer: pd.DataFrame, name: str, profile: Profile, said: list[str]) -> pd.DataFrame:
    layer, unlabelled = without_labels(layer)
    if unlabelled:
        said.append(f"{name}: no flag or label on {counted(unlabelled, 'place')} of worship.")
    if name == "focal_points" and profile.name != "internal":
        layer, private = only_public(layer, worship_only=profile.name == "partner")
        if private:
            said.append(f"{name}: {counted(private, 'place')} that the data do not call public left out.")
    listed_here = (profile.columns[name] - profile.forbidden) | {HIDDEN}
    unlisted = sorted(str(column) for column in layer.columns if column not in listed_here)
    if unlisted:
        said.append(f"{name}: columns left out: {listed(unlisted, 40)}.")
    # wholes are needed to judge their parts, even where they are not shown themselves
    wholes = [whole for part, whole in PART_OF.items() if part in listed_here and whole in unlisted]
    kept = [column for column in layer.columns if column in listed_here]
    done = protect(layer[[*kept, *wholes]], profile)
    if done.small or done.further:
        more = f", and {done.further:,} with which they could be worked out" if done.further else ""
        said.append(
            f"{name}: {counted(done.small, 'count')} below {profile.minimum_count} hidden{more}; "
            "so are rates and shares made from them."
        )
    return done.table.drop(columns=wholes).reset_index(drop=True)
