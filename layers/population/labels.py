"""The labels of Census groups: short forms, sub-totals, ages, and which set of groups a heading means."""

from __future__ import annotations

import re
from collections.abc import Sequence

from layers.reading.layer import header_key

# The last part of a Census 2021 (or 2011) label, where its everyday short form differs; every other label is kept.
SHORT = {
    "English, Welsh, Scottish, Northern Irish or British": "White British",
    "English/Welsh/Scottish/Northern Irish/British": "White British",
    "Other Mixed or Multiple ethnic groups": "Other Mixed",
    "Asian, Asian British or Asian Welsh": "Asian",
    "Asian/Asian British": "Asian",
    "Black, Black British, Black Welsh, Caribbean or African": "Black",
    "Black/African/Caribbean/Black British": "Black",
    "Mixed or Multiple ethnic groups": "Mixed",
    "Mixed/multiple ethnic groups": "Mixed",
}
# the five broad ethnic groups and the details each one counts (Census 2021, table TS021)
BROAD = {
    "Asian": ("Bangladeshi", "Chinese", "Indian", "Pakistani", "Other Asian"),
    "Black": ("African", "Caribbean", "Other Black"),
    "Mixed": ("White and Asian", "White and Black African", "White and Black Caribbean", "Other Mixed"),
    "White": ("White British", "Irish", "Gypsy or Irish Traveller", "Roma", "Other White"),
    "Other ethnic group": ("Arab", "Any other ethnic group"),
}
# what records of self-defined ethnicity (18+1) put in front of the group
_BROAD_ALSO = {
    "Asian": ("Asian or Asian British",),
    "Black": ("Black or Black British",),
    "Mixed": ("Mixed or Multiple", "Mixed/Multiple"),
}
_RELIGIONS = (
    "No religion",
    "Christian",
    "Buddhist",
    "Hindu",
    "Jewish",
    "Muslim",
    "Sikh",
    "Other religion",
    "Not answered",
)
_SETS = (
    (r"ethnic|c\d{4} eth", "ethnic_group"),
    (r"religio", "religion"),
    (r"proficiency", "english_proficiency"),
    (r"lang", "language"),
    (r"\bage", "age_band"),
    (r"country of birth|c\d{4} cob", "country_of_birth"),
)  # fmt: skip
_TOTAL = re.compile(
    r"(?:.*: )?(?:total|all (?:usual residents|persons|people|residents|categories|ages|groups))\b.*"
    r"|(?:.*: )?(?:all|everyone|everybody|residents|population|usual residents|total (?:residents|population))",
    re.IGNORECASE,
)
_BANDS = ((0, "0-17"), (18, "18-24"), (25, "25-34"), (35, "35-64"), (65, "65+"))
_SEX = "(?:males?|females?|men|women|[fm])[ _:]*"
_AGE = re.compile(
    rf"(?:{_SEX})?(?:aged? )?(?:(under) )?"
    r"(\d{1,3})(?: ?(?:to|-|–) ?(\d{1,3}))?(?: years?)?( ?\+| and over| or over| and under)?",
    re.I,
)


def clean_label(text: str) -> str:
    """Return a label or header on one line, without the ``; measures: Value`` that Nomis adds."""
    text = re.sub(r"\s+", " ", text).strip()
    return re.sub(r"\s*;\s*measures:.*$", "", text, flags=re.IGNORECASE).strip()


def is_total(label: str) -> bool:
    """Return whether a label stands for everybody: ``Total: All usual residents``, ``All persons`` ..."""
    return _TOTAL.fullmatch(label) is not None


def is_grand_total(label: str) -> bool:
    """Return whether a label stands for everybody in the table, not only in one of its branches (``White: Total``)."""
    return is_total(label) and (": " not in label or re.match(r"(?i)total|all ", label) is not None)


def short_label(label: str) -> str:
    """Return the short form: the last part, without ``White: `` and the like before it, or as in ``SHORT``."""
    last = label.rsplit(": ", 1)[-1].strip()
    return SHORT.get(last, last)


def long_forms(name: str) -> list[str]:
    """Return the longer names of a group: the label of the Census, and the group within its broad one as records of
    self-defined ethnicity write it (``Asian Pakistani``, ``White - English/Welsh/...``, ``White: British``).
    """
    broad = next((broad for broad, parts in BROAD.items() if name in parts), None)
    if name == "British":  # as tables before 2011 call it, within White
        return ["White British", "White: British", "White - British"]
    own = [name, *(long for long, short in SHORT.items() if short == name)]
    own += [f"Any other {name.removeprefix('Other ')} background"] if name.startswith("Other ") else []
    own += ["Gypsy/Irish Traveller", "Gypsy or Traveller"] if name == "Gypsy or Irish Traveller" else []
    if broad is None:
        return own[1:]
    heads = [broad, *(long for long, short in SHORT.items() if short == broad), *_BROAD_ALSO.get(broad, ())]
    inner = [one.removeprefix(f"{broad} ").removeprefix("Other ").removeprefix("Any other ") for one in own]
    return [*own[1:], *(f"{head} {last}" for head in heads for last in dict.fromkeys([*own, *inner]) if head != last)]


def short_labels(labels: Sequence[str]) -> dict[str, str]:
    """Return {label: short form}; labels whose short forms would be the same keep their full text."""
    short = {label: short_label(label) for label in labels}
    forms = list(short.values())
    return {label: form if forms.count(form) == 1 else label for label, form in short.items()}


def sub_totals(labels: Sequence[str]) -> set[str]:
    """Return the labels whose parts are among ``labels``, by ``: `` after their text, or as a broad ethnic group."""
    folded = [label.casefold() for label in labels]
    present = {short_label(label) for label in labels}
    found = set()
    for label, low in zip(labels, folded, strict=True):
        by_text = any(other.startswith(low + ": ") for other in folded)
        if by_text or present & set(BROAD.get(short_label(label), ())):
            found.add(label)
    return found


def group_set_of(heading: str) -> str | None:
    """Return which set of groups a heading means (``ethnic_group``, ``religion`` ...), None where it does not tell."""
    key = header_key(heading)
    return next((name for pattern, name in _SETS if re.search(pattern, key)), None)


def group_set_of_labels(labels: Sequence[str]) -> str:
    """Return the set of groups that most of the labels belong to; ``community`` where none is known."""
    short = [short_label(label) for label in labels]
    ethnic = {*BROAD, *(part for parts in BROAD.values() for part in parts)}
    for name, known in (("ethnic_group", ethnic), ("religion", set(_RELIGIONS))):
        if short and sum(label in known for label in short) * 2 > len(short):
            return name
    if short and all(age_of(label) for label in short):
        return "age_band"
    return "community"


def age_of(label: str) -> tuple[int, int] | None:
    """Return the first and last year of an age label (``Aged 5 to 9 years``, ``90+``, ``7``), None for others."""
    match = _AGE.fullmatch(label.strip())
    if match is None:
        return None
    first = int(match[2])
    if match[1] or (match[4] or "").endswith("under"):
        return 0, first - (1 if match[1] else 0)
    if match[3]:
        return first, int(match[3])
    return first, 200 if match[4] else first


def is_of_one_sex(label: str) -> bool:
    """Return whether an age label counts one sex only: ``F12``, ``Males aged 5 to 9``."""
    return re.match(_SEX, label.strip(), re.IGNORECASE) is not None and age_of(label) is not None


def age_bands(labels: Sequence[str]) -> dict[str, str]:
    """Return {label: band}: single years in the bands 0-17, 18-24, 25-34, 35-64, 65+; given bands as ``5-9``."""
    ages = {label: age_of(label) for label in labels}
    single = all(age is not None and (age[0] == age[1] or age[1] == 200) for age in ages.values()) and len(labels) > 60
    bands = {}
    for label, age in ages.items():
        if age is None:
            bands[label] = label
        elif single:
            bands[label] = next(name for first, name in reversed(_BANDS) if age[0] >= first)
        else:
            bands[label] = f"{age[0]}+" if age[1] == 200 else f"{age[0]}-{age[1]}"
    return bands
