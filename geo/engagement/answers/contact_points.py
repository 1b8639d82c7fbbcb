"""Where people meet, who keeps in touch, and for which communities there is no such place."""

from __future__ import annotations

import pandas as pd

from geo.engagement.answers.answer import Answer, answered, out_of
from geo.engagement.columns import NOT_RECORDED, dates, split_rows, text, with_wilson
from geo.errors import counted, listed


def focal_points_without_contact_or_review(focal_points: pd.DataFrame, *, as_of: pd.Timestamp) -> Answer:
    """Return the focal points without a contact person (SPOC), without a strategy, or with a review overdue.

    Table, one row a focal point with at least one of the three: ``focal_point_id``, ``name`` (of the place), ``kind``,
    ``communities``, ``no_spoc``, ``no_strategy``, ``review_overdue``, ``review_by``, ``days_overdue`` (NaN when not).
    A review is overdue from the day after ``review_by``; without such a date it cannot be.
    """
    review = dates(focal_points, "review_by")
    late = review < as_of.normalize()
    known = pd.DataFrame({name: text(focal_points, name) for name in ("focal_point_id", "name", "kind", "communities")})
    known = known.assign(
        no_spoc=text(focal_points, "spoc").isna(),
        no_strategy=text(focal_points, "strategy").isna(),
        review_overdue=late,
        review_by=review,
        days_overdue=(as_of.normalize() - review).dt.days.astype("float64").where(late),
    )
    missing = ["no_spoc", "no_strategy", "review_overdue"]
    spoc, strategy, overdue = (int(known[name].sum()) for name in missing)
    sentence = (
        f"Of {counted(len(known), 'focal point')}, {spoc} {_have(spoc)} no contact person, {strategy} "
        f"{_have(strategy)} no strategy, and the review of {overdue} is overdue. "
        f"{int((~known[missing].any(axis=1)).sum())} lack none of the three."
    )
    table = known[known[missing].any(axis=1)].sort_values("focal_point_id")
    headings = {
        "focal_point_id": "Focal point",
        "name": "Name",
        "kind": "Kind",
        "communities": "Communities",
        "no_spoc": "No contact person",
        "no_strategy": "No strategy",
        "review_overdue": "Review overdue",
        "review_by": "Review by",
        "days_overdue": "Days overdue",
    }
    return answered(
        "loose_ends", "Which focal points lack a contact person, a strategy or a review?", sentence, table, headings
    )


def hidden_groups(
    focal_points: pd.DataFrame, communities: pd.DataFrame, *, group_set: str | None = "ethnic_group"
) -> Answer:
    """Return for every group with residents the focal points that name it; a group with none is hidden from us.

    Labels are compared as they stand: geo never guesses that a local word means a Census group. Table: ``community``,
    ``residents`` (all wards), ``wards`` (with residents of the group), ``most_in`` (the ward code with most),
    ``focal_points``, ``with_spoc`` (of these), ``state`` (hidden, no contact person, known). ``group_set`` None takes
    all sets. Focal points named for no group may still be used by many: their number is in the sentence.
    """
    people = communities
    if group_set is not None and "group_set" in communities:
        people = communities[communities["group_set"] == group_set]
    people = people[people["population"] > 0].sort_values(
        ["community", "population", "ward_code"], ascending=[True, False, True]
    )
    table = people.groupby("community", as_index=False).agg(
        residents=("population", "sum"), wards=("ward_code", "nunique"), most_in=("ward_code", "first")
    )
    known = split_rows(focal_points.drop(columns="geometry", errors="ignore"), "communities")
    known = known.assign(has=text(known, "spoc").notna())
    counts = known.groupby("communities")["has"].agg(["size", "sum"])
    for name, of in (("focal_points", "size"), ("with_spoc", "sum")):
        table[name] = [int(counts[of].get(community, 0)) for community in table["community"]]
    table["state"] = "known"
    table.loc[table["with_spoc"] == 0, "state"] = "no contact person"
    table.loc[table["focal_points"] == 0, "state"] = "hidden"
    hidden = table.loc[table["state"] == "hidden", "community"].tolist()
    alone = table.loc[table["state"] == "no contact person", "community"].tolist()
    unnamed = int((known["communities"] == NOT_RECORDED).sum())
    sentence = f"{len(hidden)} of {counted(len(table), 'group')} with residents {_have(len(hidden))} no focal point"
    sentence += f": {listed(hidden, 8)}." if hidden else "."
    if alone:
        sentence += f" {listed(alone, 8)}: a place is known, a contact person is not."
    sentence += f" {unnamed} of {counted(len(focal_points), 'focal point')} name no group." if unnamed else ""
    headings = {
        "community": "Community",
        "residents": "Residents",
        "wards": "Wards",
        "most_in": "Most live in (ward code)",
        "focal_points": "Focal points",
        "with_spoc": "with a contact person",
        "state": "State",
    }
    return answered("hidden_groups", "For which groups do we know no place to meet?", sentence, table, headings)


def workload(focal_points: pd.DataFrame) -> Answer:
    """Return how many focal points contact persons look after, by role; nobody is listed by name or reference.

    Table: ``level`` ("role" or "load"), ``value`` (the role; or how many focal points somebody has, as text), ``spocs``
    (how many persons), ``focal_points`` (together), ``per_spoc`` (mean). The level "load" counts persons by load: it is
    about how work is shared, never about who. Focal points without a contact person are not in it.
    """
    known = pd.DataFrame(
        {"spoc": text(focal_points, "spoc"), "role": text(focal_points, "spoc_role").fillna(NOT_RECORDED)}
    )
    known = known.dropna(subset="spoc")
    roles = (
        known.groupby("role").agg(spocs=("spoc", "nunique"), focal_points=("spoc", "size")).sort_index().reset_index()
    )
    each_has = known.groupby("spoc").size()
    loads = each_has.value_counts().sort_index()
    load = pd.DataFrame({"value": [str(size) for size in loads.index], "spocs": loads.to_numpy(dtype="int64")})
    load["focal_points"] = load["spocs"] * [int(size) for size in loads.index]
    parts = [roles.rename(columns={"role": "value"}).assign(level="role"), load.assign(level="load")]
    table = pd.concat(parts, ignore_index=True)
    table["per_spoc"] = table["focal_points"] / table["spocs"]
    sentence = "No focal point has a contact person."
    if len(each_has):
        sentence = (
            f"{counted(len(each_has), 'contact person', 'contact persons')} look after "
            f"{counted(len(known), 'focal point')}: "
            f"{len(known) / len(each_has):.1f} each on average, {int(each_has.min())} to {int(each_has.max())}."
        )
    headings = {
        "level": "Level",
        "value": "Role, or focal points held",
        "spocs": "Contact persons",
        "focal_points": "Focal points",
        "per_spoc": "Focal points each",
    }
    return answered("workload", "How is the work of keeping in touch shared?", sentence, table, headings)


def partner_mix(focal_points: pd.DataFrame) -> Answer:
    """Return how many focal points are statutory, voluntary or no partners, and how many have a contact person.

    Table: ``partner_type``, ``focal_points``, ``with_spoc``, ``share`` (with a contact person), ``low``, ``high``
    (Wilson).
    """
    known = pd.DataFrame(
        {
            "partner_type": text(focal_points, "partner_type").fillna(NOT_RECORDED),
            "has": text(focal_points, "spoc").notna(),
        }
    )
    table = known.groupby("partner_type", as_index=False).agg(focal_points=("has", "size"), with_spoc=("has", "sum"))
    table = with_wilson(table, "with_spoc", "focal_points").sort_values("partner_type")
    said = [f"{row.partner_type} {out_of(row.with_spoc, row.focal_points)}" for row in table.itertuples()]
    sentence = f"With a contact person: {listed(said)}." if said else "No focal point is recorded."
    headings = {
        "partner_type": "Partner",
        "focal_points": "Focal points",
        "with_spoc": "with a contact person",
        "share": "Share",
        "low": "from",
        "high": "to",
    }
    return answered("partners", "What kinds of partner do we keep in touch with?", sentence, table, headings)


def _have(count: int) -> str:
    return "has" if count == 1 else "have"
