"""The flags of engagement as words with a mark, so that none is told by its colour alone."""

from __future__ import annotations

from typing import NamedTuple

from maps.markup import Html, tag


class Flag(NamedTuple):
    """A flag: its words, mark and meaning, its fill and pattern on the map; ``pressing``: met less than its share."""

    words: str
    mark: str
    meaning: str
    fill: str
    pattern: str
    pressing: bool = False


# from the one that asks for most to the one that asks for least, those judged by residents first; the words are those
# of geo.engagement.gaps and .flags, and a test holds them together
FLAGS = (
    Flag("never reached", "0", "no meeting in the log, where some were due", "#b5562a", "lines", True),
    Flag("under-engaged", "!", "met less than its share of residents, beyond chance", "#d9804a", "lines", True),
    Flag("not for a long time", "L", "no meeting for half a year or more", "#e0a96d", "dots"),
    Flag("only after incidents", "R", "met only after something had happened", "#e0a96d", "lines"),
    Flag("invited not coming", "N", "invited, and hardly anybody came", "#ecc98f", "dots"),
    Flag("one method only", "1", "always met in the same way", "#ecc98f", "none"),
    Flag("one objective only", "1", "always met for the same purpose", "#ecc98f", "cross"),
    Flag("watch", "?", "perhaps met less than its share, not yet certain", "#f3d9a4", "dots"),
    Flag("adequate", "✓", "met in line with its share of residents, or more", "#8fc3b9", "none"),
    Flag("not enough evidence", "…", "too few meetings expected to say", "#e6e9ec", "none"),
    Flag("no contacts", "–", "no contact in the whole log", "#ffffff", "dots"),
    Flag("no data", "–", "nothing was recorded for it", "#ffffff", "cross"),
    Flag("nobody lives here", "/", "meetings where nobody lives: a town centre, or the wrong ward", "#f6f6f6", "dots"),
    Flag("not applicable", "/", "nobody lives here", "#f6f6f6", "none"),
)
_BY_WORDS = {flag.words.replace("-", " "): flag for flag in FLAGS}


def flag_of(text: str) -> Flag | None:
    """Return the flag a text names, its case, hyphens and underscores aside; None when it is another word."""
    return _BY_WORDS.get(" ".join(text.lower().replace("_", " ").replace("-", " ").split()))


def flag_mark(text: str) -> Html:
    """Return a flag as a label with its mark; another word stays itself."""
    flag = flag_of(text)
    if flag is None:
        return tag("span", text, class_="flag")
    name = flag.words.replace(" ", "-")
    return tag(
        "span",
        tag("span", flag.mark, class_="mark", aria_hidden="true"),
        flag.words,
        class_=f"flag {name} pressing" if flag.pressing else f"flag {name}",
    )
