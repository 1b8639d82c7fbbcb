"""Every colour of the pages, named once: the style sheets and the canvas take them from here.

Dots carry a dark outline, never a white one (pale fills fall under 3:1 on paper and on screen), and nothing is told by
colour alone: hot spots are outlined and numbered, counts are sizes, and a table gives the same facts.
"""

from __future__ import annotations

COLOURS = {
    "ink": "#0b0c0c",
    "muted": "#4a5560",  # 7.6:1 on white
    "rule": "#ccd4da",
    "paper": "#ffffff",
    "tint": "#f4f6f8",
    "band": "#12263a",  # the header
    "link": "#1d4f84",
    "focus": "#ffdd00",  # always beside a dark ring: 1.35:1 on white by itself
    "ground": "#dfe5ea",  # the map outside the wards
    "land": "#fbfbf9",
    "ward-line": "#8a96a3",
    "ward-name": "#39444f",
    "hot-line": "#7a2200",
    "hot-fill": "#d55e00",
    "hot-wash": "#fdf0e8",
    "dot-in": "#1c5f9e",  # incidents in a hot spot
    "dot-out": "#a9c6df",  # incidents in none
    "dot-line": "#10263c",
}

# brown (below) to green (above) round a pale middle, after ColorBrewer's BrBG: told apart by every common colour vision
DIVERGING = ("#c08a3e", "#e6cf9c", "#f4f4f1", "#a5d5cd", "#4ba393")
# pale (few) to dark (many); pale (lately) to dark (long ago)
BLUES = ("#e9f0f6", "#c3d8e9", "#93b6d5", "#5c8bb8", "#2f5f91")
BROWNS = ("#fcf3e2", "#f2dcb3", "#dfb679", "#bd8546", "#86531f")
# 3 * reports + engagement, each 0 (low) to 2 (high)
BIVARIATE = (
    "#e8e8e8", "#ace4e4", "#5ac8c8", "#dfb0d6", "#a5add3", "#5698b9", "#be64ac", "#8c62aa", "#3b4994",
)  # fmt: skip


def style_sheet() -> str:
    """Return the colours as CSS custom properties, ``--geo-ink`` and so on."""
    return ":root{" + "".join(f"--geo-{name}:{colour};" for name, colour in COLOURS.items()) + "}"


def density_ramp(steps: int = 9) -> list[str]:
    """Return cividis from pale (few) to dark (many), without its palest fifth, which is lost on the land colour."""
    return [cividis(0.8 * (1 - i / (steps - 1))) for i in range(steps)]


def cividis(t: float) -> str:
    """Return cividis at ``t`` (0 dark blue, 1 yellow), by the polynomial of d3-scale-chromatic."""
    red = -4.54 - t * (35.34 - t * (2381.73 - t * (6402.7 - t * (7024.72 - t * 2710.57))))
    green = 32.49 + t * (170.73 + t * (52.82 - t * (131.46 - t * (176.58 - t * 67.37))))
    blue = 81.24 + t * (442.36 - t * (2482.43 - t * (6167.24 - t * (6614.94 - t * 2475.67))))
    return "#" + "".join(f"{max(0, min(255, round(c))):02x}" for c in (red, green, blue))
