"""``--png`` and ``--pdf`` of any page: the options, the files they ask for, and taking them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from console.talk import Run

if TYPE_CHECKING:
    import geopandas as gpd

    from console.pictures import Kind
    from maps.page import About

png_opt = click.option("--png", is_flag=True, help="Also a picture of the page as on a screen.")
pdf_opt = click.option("--pdf", is_flag=True, help="Also the page as printed on A4.")


def picture_names(stem: str, *, png: bool, pdf: bool) -> list[str]:
    """Return the files that ``--png`` and ``--pdf`` ask for."""
    return [f"{stem}.{kind}" for kind, asked in (("png", png), ("pdf", pdf)) if asked]


def take_pictures(
    run: Run, page: Path, *, png: bool, pdf: bool, wards: gpd.GeoDataFrame, about: About, **more: Any
) -> None:
    """Write what ``--png`` and ``--pdf`` ask for beside ``page``, and say how each was made.

    ``wards``, ``about`` and ``more``: for the plainer map where there is no browser (``maps.still.still_map``).
    """
    from console.pictures import picture_or_still

    for name in picture_names(page.stem, png=png, pdf=pdf):
        kind: Kind = "pdf" if name.endswith("pdf") else "png"

        def still(path: Path, kind: Kind = kind) -> None:
            from maps.still import still_map

            still_map(path, kind, wards, about, **more)

        with run.working("Taking a picture"):
            run.say(f"  {picture_or_still(page, page.with_name(name), kind, still)}")
