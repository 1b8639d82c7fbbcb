// The card of the chosen hot spot: every fact about it, in words and units.
(function (geo) {
  "use strict";

  // what chance means, in words
  const NULLS = {
    unequal: "maps of noise, map points as busy as their other activity, have one this unusual",
    csr: "maps of noise, spread evenly, have one this large",
    smooth: "maps of noise, as dense as the wider surroundings, have one this unusual",
    snap: "maps of noise, every map point equally likely, have one this large",
    background: "maps of noise that follows other crime have one this large",
  };

  function facts(spot, total) {
    const { number, percent, area, probability, chances } = geo.format;
    const rows = [];
    const add = (label, value, small) => value !== null && rows.push([label, value, small || null]);
    const when = (value, write) => (value === null || value === undefined || value === "" ? null : write(value));
    const share = when(spot.share, (value) => percent(value) + " of all " + number(total));
    add("Incidents", when(spot.incidents, number), share);
    const p = (value, name) => (NULLS[name] || name || "maps of noise") + " (p = " + probability(value) + ")";
    add("Chance alone", when(spot.p_value, chances), when(spot.p_value, (value) => p(value, spot.null_model)));
    add("Against other crime", when(spot.p_background, chances), when(spot.p_background, (value) => p(value, "background")));
    add("Peak", when(spot.peak, String));
    add("Trend", when(spot.trend, String));
    add("Months active", active(spot), "months with at least one report");
    add("Map points", when(spot.points, number), "separate positions in the data");
    add("Busiest map point", when(spot.top_point_share, (value) => percent(value) + " of the reports"));
    add("Area", when(spot.area_m2, area));
    add("Width", when(spot.width_m, (value) => number(value) + " m"), "between the two map points furthest apart");
    add("Incidents per km²", when(spot.incidents_per_km2, number), "over the area of the hot spot");
    for (const [label, value, small] of kinds(spot)) add(label, value, small);
    add(spot.wards && spot.wards.includes("; ") ? "Wards" : "Ward", when(spot.wards, String));
    return rows.map(([label, value, small]) => ({ label, value, small }));
  }

  // Kinds of report and marks on them, where the page was given them.
  function kinds(spot) {
    const { number, plural } = geo.format;
    const known = (name) => spot[name] !== null && spot[name] !== undefined;
    const each = (prefix, names) => names.filter((name) => known(prefix + name)).map((name) => number(spot[prefix + name]) + " " + name).join(", ") || null;
    const again = known("victims_three_or_more") ? plural(spot.victims_three_or_more, "person", "people") + " three times or more" : null;
    return [
      ["Kinds of ASB", each("type_", ["personal", "nuisance", "environmental"]), "as recorded"],
      ["Impact", known("impact") ? number(spot.impact) : null, "reports, weighted by kind"],
      ["Reported again", known("repeat_victims") ? plural(spot.repeat_victims, "person", "people") : null, "more than once in the last twelve months" + (again ? "; " + again : "")],
      ["Marked vulnerable", each("vulnerable_", ["personal", "situational", "incidental"]), "reports so marked"],
    ];
  }

  function active(spot) {
    if (spot.months_active === null) return null;
    return spot.months_covered === null ? String(spot.months_active) : spot.months_active + " of " + spot.months_covered;
  }

  function warnings(spot) {
    const chance = spot.could_be_chance ? ["Many reports, but chance alone crowds as many round some point of the map too often to rely on it."] : [];
    return chance.concat((spot.caveats || "").split("; ").filter(Boolean).map((text) => text[0].toUpperCase() + text.slice(1) + "."));
  }

  // Room for the card beside a hot spot that is brought into view.
  function padding() {
    const side = matchMedia("(min-width: 760px)").matches ? 340 : 24;
    return { paddingTopLeft: [64, 48], paddingBottomRight: [side, 48] };
  }

  // What the drawer shows of a hot spot. monthly, where the months are known: { counts: {rank: [count]}, months }.
  function entry(spot, total, monthly) {
    const { el } = geo.dom;
    return {
      name: "hot spot " + spot.rank,
      title: [el("span", { class: "rank" }, String(spot.rank)), el("span", { class: "name" }, spot.name || "Hot spot " + spot.rank)],
      body: [
        ...warnings(spot).map((text) => el("p", { class: "warning" }, text)),
        ...(monthly && monthly.counts[spot.rank] ? [geo.months.bars(monthly.counts[spot.rank], monthly.months)] : []),
        geo.drawer.facts(facts(spot, total)),
      ],
      said: "Hot spot " + spot.rank + ", " + (spot.name || "") + ", " + geo.format.plural(spot.incidents, "incident") + ".",
    };
  }

  // monthly() gives what entry needs of the months.
  function card(data, selection, monthly, back) {
    const byRank = new Map(data.hotspots.map((spot) => [spot.rank, spot]));
    const find = (rank) => (byRank.has(rank) ? entry(byRank.get(rank), data.total, monthly()) : null);
    geo.drawer(selection, find, ({ id, from }) => back({ rank: id, from }));
  }

  geo.card = card;
  geo.card.entry = entry;
  geo.card.padding = padding;
  geo.card.facts = facts;
  geo.card.warnings = warnings;
  geo.card.active = active;
})((globalThis.geo = globalThis.geo || {}));
