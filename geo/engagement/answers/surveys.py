"""What surveys say by ward and group, and how many signed up where: small numbers stay hidden."""

from __future__ import annotations

import numpy as np
import pandas as pd

from geo.engagement.answers.answer import Answer, answered, out_of
from geo.engagement.columns import dates, numbers, text
from geo.engagement.intervals import wilson
from geo.errors import counted, listed

# ENGAGEMENT's proposal for what the public may see: 10 people
SMALL = 10
_YEAR = 365


def positive_share(surveys: pd.DataFrame, *, as_of: pd.Timestamp, k: int = SMALL, days: int | None = _YEAR) -> Answer:
    """Return the share of positive answers by measure, for the force, every ward and every community.

    Answers count that were given in the ``days`` up to ``as_of`` (None: all up to then), and those without a date. Rows
    without a community are the whole of a ward; rows with one are parts of it and are not added to it, unless the ward
    has no row of the whole for that measure and date. Table: ``measure``, ``level`` (force, ward, community),
    ``value``, ``responses``, ``positive``, ``share``, ``low``, ``high`` (Wilson), ``gap`` (share less the force's),
    ``gap_low``, ``gap_high``, ``hidden``: fewer than ``k`` responses, and all numbers NaN. The interval of the gap is
    Newcombe's for the part and everybody else (``difference``), scaled to the whole, of which the part is a part; where
    the communities add up to more than the whole they were asked apart, and the interval is that of two separate
    samples. With many groups, one in forty lies below by chance alone. Hiding rows one by one does not stop somebody
    from subtracting: that is for the release to check.
    """
    known = _answers(surveys, as_of, days)
    aside = len(surveys) - len(known)
    wards, groups = known[known["whole"]], known[known["community"].notna()]
    parts = [
        _summed(wards.assign(value="force"), "force"),
        _summed(wards.assign(value=wards["ward_code"]), "ward"),
        _summed(groups.assign(value=groups["community"]), "community"),
    ]
    table = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    table = _compared(table)
    table["hidden"] = table["responses"] < k
    figures = ["responses", "positive", "share", "low", "high", "gap", "gap_low", "gap_high"]
    table[figures] = table[figures].astype("float64").mask(table["hidden"])
    rank = table["level"].map({"force": 0, "ward": 1, "community": 2})
    table = table.assign(_rank=rank).sort_values(["measure", "_rank", "value"])
    sentence = _said(table, k)
    sentence += f" {counted(aside, 'row')} outside the period not counted." if aside else ""
    headings = {
        "measure": "Measure",
        "level": "Level",
        "value": "Of",
        "responses": "Responses",
        "positive": "Positive",
        "share": "Share",
        "low": "from",
        "high": "to",
        "gap": "Gap to the force",
        "gap_low": "gap, from",
        "gap_high": "gap, to",
        "hidden": f"Hidden (under {k})",
    }
    return answered("surveys", "What do surveys say, and of whom?", sentence, table, headings)


def registered(
    registers: pd.DataFrame, wards: pd.DataFrame, communities: pd.DataFrame | None = None, *, k: int = SMALL
) -> Answer:
    """Return members of registers (alerts, volunteers, networks) per 1,000 households or residents.

    Rows without a community are the whole of a ward, rows with one are parts of it and are not added to it unless there
    is no whole. Table: ``register``, ``level`` (all, ward, community), ``value``, ``members``, ``base`` (households or
    residents), ``of`` (how many there are), ``per_1000``, ``gap`` (less that of all), ``hidden`` (1 to k-1 members:
    numbers NaN), ``state``: "no record" for a ward of ``wards`` that the register does not mention, which is unknown
    and not 0. ``per_1000`` is NaN where the base is not known. Communities are counted against all residents of their
    group.
    """
    known = _members(registers)
    wholes = known[known["whole"]]
    base = wholes.groupby("register")["base"].agg(lambda names: sorted(names)[0] if len(names) else "residents")
    rows = []
    for register, kind in base.items():
        own = wholes[wholes["register"] == register].groupby("ward_code")["members"].sum()
        size = numbers(wards, "households" if kind == "households" else "population").set_axis(wards["ward_code"])
        inside = [code for code in own.index if code in size.index]
        rows.append(_row(register, "all", "all", kind, own[inside].sum(), size[inside].sum(min_count=1)))
        rows += [_row(register, "ward", code, kind, own.get(code, np.nan), size[code]) for code in sorted(size.index)]
    table = pd.DataFrame(rows + _by_group(known, communities), columns=_COLUMNS)
    table["per_1000"] = 1000 * table["members"] / table["of"].where(table["of"] > 0)
    # a group's rate is set against all its residents, so is the town's
    whole = table[table["level"] == "all"].set_index("register")["per_1000"]
    table["gap"] = table["per_1000"] - pd.Series(
        [whole.get(name, np.nan) for name in table["register"]], dtype="float64"
    )
    table["hidden"] = (table["members"] > 0) & (table["members"] < k)
    table["state"] = np.where(table["members"].isna(), "no record", "recorded")
    table[["members", "per_1000", "gap"]] = (
        table[["members", "per_1000", "gap"]].astype("float64").mask(table["hidden"])
    )
    rank = table["level"].map({"all": 0, "ward": 1, "community": 2})
    table = table.assign(_rank=rank).sort_values(["register", "_rank", "value"])
    said = [
        f"{row.register} {row.members:,.0f} of {row.of:,.0f} {row.base} ({row.per_1000:.1f} per 1,000)"
        for row in table[(table["level"] == "all") & table["per_1000"].notna()].itertuples()
    ]
    lost = int((table["state"] == "no record").sum())
    sentence = f"Signed up: {'; '.join(said)}." if said else "No register is recorded, or the number of people is not."
    away = int((~known["ward_code"].isin(list(wards["ward_code"]))).sum())
    sentence += f" {counted(away, 'row')} outside these wards not counted by ward." if away else ""
    sentence += f" {counted(lost, 'ward')} without a record of a register." if lost else ""
    headings = {
        "register": "Register",
        "level": "Level",
        "value": "Of",
        "members": "Members",
        "base": "Counted against",
        "of": "Households or residents",
        "per_1000": "Per 1,000",
        "gap": "Gap to all",
        "hidden": f"Hidden (1 to {k - 1})",
        "state": "State",
    }
    return answered("registers", "Who has signed up, and where?", sentence, table, headings)


_COLUMNS = ["register", "level", "value", "base", "members", "of"]


def difference(
    first: tuple[float, float], second: tuple[float, float], *, level: float = 0.95
) -> tuple[float, float, float]:
    """Return the difference of two independent shares (successes, trials), its low and its high limit.

    Newcombe 1998, method 10, doi 10.1002/(SICI)1097-0258(19980430)17:8<873::AID-SIM779>3.0.CO;2-I.
    """
    (p, p_low, p_high), (q, q_low, q_high) = (
        tuple(float(x) for x in wilson(*pair, level=level)) for pair in (first, second)
    )
    gap = p - q
    return gap, gap - float(np.hypot(p - p_low, q_high - q)), gap + float(np.hypot(p_high - p, q - q_low))


def _answers(surveys: pd.DataFrame, as_of: pd.Timestamp, days: int | None) -> pd.DataFrame:
    """Return the answers of the period; ``whole``: counts for its ward."""
    known = pd.DataFrame({name: text(surveys, name) for name in ("ward_code", "community", "measure")}).assign(
        responses=numbers(surveys, "responses"), positive=numbers(surveys, "positive"), date=dates(surveys, "date")
    )
    today = as_of.normalize()
    since = pd.Timestamp.min if days is None else today - pd.Timedelta(days=days)
    known = known[known["date"].isna() | ((known["date"] <= today) & (known["date"] > since))]
    return known.assign(whole=_is_whole(known, ["ward_code", "measure", "date"]))


def _is_whole(known: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Return which rows add up to the whole: those without a community, else all of their kind."""
    blank = known["community"].isna()
    return blank | ~blank.groupby([known[key] for key in keys], dropna=False).transform("any").astype(bool)


def _summed(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    table = rows.groupby(["measure", "value"], as_index=False)[["responses", "positive"]].sum()
    return table.assign(level=level)


def _compared(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with shares, and gaps to the force's share of the same measure."""
    share, low, high = wilson(table["positive"].to_numpy(float), table["responses"].to_numpy(float))
    force = table[table["level"] == "force"].set_index("measure")[["positive", "responses"]]
    inside = _inside(table, force)
    gaps = [
        (np.nan,) * 3
        if row.level == "force" or row.measure not in force.index
        else _gap((row.positive, row.responses), tuple(force.loc[row.measure]), inside[row.measure, row.level])
        for row in table.itertuples()
    ]
    return table.assign(share=share, low=low, high=high).assign(
        **{name: [gap[at] for gap in gaps] for at, name in enumerate(("gap", "gap_low", "gap_high"))}
    )


def _inside(table: pd.DataFrame, force: pd.DataFrame) -> dict[tuple[str, str], bool]:
    """Return by measure and level whether the rows can be parts of the whole: no more yes, no more no, than it has."""
    sums = table.groupby(["measure", "level"])[["positive", "responses"]].sum()
    found = {}
    for (measure, level), own in sums.iterrows():
        if measure in force.index:
            rest = force.loc[measure] - own
            found[measure, level] = 0 <= rest["positive"] <= rest["responses"]
    return found


def _gap(part: tuple[float, float], whole: tuple[float, ...], inside: bool) -> tuple[float, float, float]:
    """Return part less whole; for a part of it that is (1 - w) times part less rest, w its share of the responses."""
    if part[1] <= 0:
        return np.nan, np.nan, np.nan
    if not inside:
        return difference(part, (whole[0], whole[1]))
    rest = whole[0] - part[0], whole[1] - part[1]
    if rest[1] <= 0:
        return 0.0, np.nan, np.nan
    scale = 1 - part[1] / whole[1]
    gap, low, high = difference(part, rest)
    return scale * gap, scale * low, scale * high


def _said(table: pd.DataFrame, k: int) -> str:
    force = table[(table["level"] == "force") & ~table["hidden"] & (table["responses"] > 0)]
    if force.empty:
        return f"No measure has {k} responses or more in the period."
    said = [f"{row.measure} {out_of(row.positive, row.responses)}" for row in force.itertuples()]
    below = table[table["gap_high"] < 0]
    names = [f"{row.value} ({row.measure})" for row in below[below["level"] == "community"].itertuples()]
    hidden = int(table["hidden"].sum())
    sentence = f"Positive: {'; '.join(said)}."
    sentence += f" Less positive than the force as a whole, beyond chance: {listed(names)}." if names else ""
    return sentence + (f" {counted(hidden, 'row')} with fewer than {k} responses hidden." if hidden else "")


def _members(registers: pd.DataFrame) -> pd.DataFrame:
    known = pd.DataFrame({name: text(registers, name) for name in ("ward_code", "community", "register")}).assign(
        members=numbers(registers, "members"), base=text(registers, "base").fillna("residents")
    )
    return known.assign(whole=_is_whole(known, ["ward_code", "register"]))


def _by_group(known: pd.DataFrame, communities: pd.DataFrame | None) -> list[tuple[object, ...]]:
    if communities is None or not len(communities):
        return []
    people = communities.groupby("community")["population"].sum()
    groups = known[known["community"].notna()].groupby(["register", "community"])["members"].sum()
    return [
        _row(register, "community", community, "residents", members, float(people.get(community, np.nan)))
        for (register, community), members in groups.items()
    ]


def _row(register: object, level: str, value: object, base: object, members: float, of: float) -> tuple[object, ...]:
    return register, level, value, base, float(members), float(of)
