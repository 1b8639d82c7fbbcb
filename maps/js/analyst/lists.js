// The tables of the analyst's page: what each lists, and what its file holds besides.
(function (geo) {
  "use strict";

  const BUSIEST = 100;
  const EVIDENCE = [
    "share", "wards", "points", "area_m2", "width_m", "incidents_per_km2", "months_active", "months_covered", "first_month", "last_month",
    "trend", "peak", "top_point_share", "p_value", "null_model", "p_background", "could_be_chance", "type_personal",
    "type_nuisance", "type_environmental", "impact", "repeat_victims", "victims_three_or_more", "vulnerable_personal",
    "vulnerable_situational", "vulnerable_incidental", "caveats",
  ];
  const WARD_NUMBERS = ["incidents", "population", "contacts", "events", "expected", "low", "high", "days_since_last", "reach", "proactive_share"];

  const known = (value) => value !== null && value !== undefined;

  function count(key, title, value, more) {
    const text = (row) => (known(value(row)) ? geo.live.said(value(row)) : "–");
    return { key, title, value, text, number: true, downFirst: true, ...more };
  }

  // In the file only.
  function field(key, value, more) {
    return { key, title: key, file: key, hidden: true, value: value || ((row) => row.record[key] ?? null), ...more };
  }

  // Bars drawn with the row, where its months are known; no column where none are.
  function drawn({ counts, months }, number) {
    if (!Object.keys(counts).length) return [];
    return [{ key: "months", title: "Months", draw: (row) => (counts[number(row)] ? geo.months.small(counts[number(row)], months) : null) }];
  }

  function hotspots(data, now, monthly) {
    const elsewhere = ({ wards, name }) => (wards && !(name || "").endsWith(", " + wards) ? wards : "");
    const small = (spot) => [elsewhere(spot), spot.could_be_chance ? "could be chance" : ""].filter(Boolean).join("; ");
    const there = EVIDENCE.filter((key) => data.hotspots.some((spot) => known(spot[key])));
    return {
      title: "Hot spots", order: { key: "rank", down: false },
      rows: () => data.hotspots.map((record) => ({ id: record.rank, record, name: record.name || "Hot spot " + record.rank, small: small(record) })),
      empty: "No hot spots at these settings. The map shows the wards and the incidents.",
      caption: () => "Ranked by reports for the ground they cover. Shown: under the filters.",
      columns: [
        { key: "rank", title: "Rank", file: "rank", number: true, value: (row) => row.record.rank },
        { key: "name", title: "Name", file: "name", go: true, value: (row) => row.name },
        ...drawn(monthly, (row) => row.record.rank),
        count("shown", "Shown", (row) => (now() ? now().byRank[row.record.rank] || 0 : null), { file: "incidents_shown" }),
        count("incidents", "All", (row) => row.record.incidents, { file: "incidents" }),
        ...there.map((key) => field(key)),
      ],
    };
  }

  function wards(data, now, counted, byWard) {
    const index = new Map(data.wards.map((ward, i) => [ward.code, i + 1]));
    const shown = (row) => (now() ? now().byWard[index.get(row.record.code)] : null);
    const own = (row, key) => row.record.numbers[key] ?? null;
    const has = (key) => data.wards.some((ward) => known(ward.numbers[key]));
    const rate = (row) => {
      const value = known(shown(row)) ? geo.live.rate(shown(row), row.record.population) : NaN;
      return Number.isFinite(value) ? value : null;
    };
    const ratio = (row) => (own(row, "ratio") === null ? "–" : own(row, "ratio").toFixed(2));
    const said = [
      counted ? "Shown: incidents under the filters." : "", counted && has("population") ? "Per 1,000: of these, for each 1,000 residents." : "",
      has("ratio") ? "Ratio: engagements for each one of an equal share." : "",
    ];
    return {
      title: "Wards", order: counted ? { key: "shown", down: true } : { key: "name", down: false }, empty: "No ward.",
      rows: () => data.wards.map((record) => ({ id: record.code, record, name: record.name, small: record.flag })),
      caption: () => said.filter(Boolean).join(" ") || "Every ward.",
      columns: [
        field("ward_code", (row) => row.record.code),
        { key: "name", title: "Ward", file: "ward_name", go: true, value: (row) => row.name },
        ...drawn(byWard, (row) => index.get(row.record.code)),
        ...(counted ? [count("shown", "Shown", shown, { file: "incidents_shown" })] : []),
        ...(counted && has("population") ? [count("per_1000", "Per 1,000", rate, { file: "incidents_shown_per_1000" })] : []),
        ...(has("ratio") ? [count("ratio", "Ratio", (row) => own(row, "ratio"), { file: "ratio", downFirst: false, text: ratio })] : []),
        field("district"), field("flag"), field("reason"), ...WARD_NUMBERS.filter(has).map((key) => field(key, (row) => own(row, key))),
      ],
    };
  }

  // Grid steps to degrees: the inverse of unit Web Mercator.
  function degrees(places, { x, y, step_x, step_y }) {
    const six = (value) => Number(value.toFixed(6));
    return {
      lon: (p) => six((x + step_x * places.x[p]) * 360 - 180),
      lat: (p) => six((Math.atan(Math.sinh(Math.PI * (1 - 2 * (y + step_y * places.y[p])))) * 180) / Math.PI),
    };
  }

  function busiest(data, places) {
    const { columns } = places;
    const { lat, lon } = degrees(places, data.incidents.grid);
    const ward = (p) => (columns.ward && columns.ward[places.start[p]] ? data.wards[columns.ward[places.start[p]] - 1].name : "");
    const record = (p) => ({ id: "point:" + p, place: p, name: "Map point " + (p + 1), small: ward(p), shown: places.count[p], rank: places.rank[p] || null });
    return {
      title: "Busiest map points", order: { key: "shown", down: true }, empty: "No incident is shown.",
      rows() {
        const there = Array.from(places.count.keys()).filter((p) => places.count[p]);
        return there.sort((a, b) => places.count[b] - places.count[a] || a - b).slice(0, BUSIEST).map(record);
      },
      caption: () => "The " + BUSIEST + " map points with most incidents under the filters. Many reports at one point need not be at one door.",
      columns: [
        { key: "name", title: "Map point", file: "map_point", go: true, value: (row) => row.name },
        count("shown", "Shown", (row) => row.shown, { file: "incidents_shown" }),
        { key: "rank", title: "Hot spot", file: "hotspot", number: true, value: (row) => row.rank },
        field("ward_name", (row) => row.small), field("lat", (row) => lat(row.place)), field("lon", (row) => lon(row.place)),
      ],
    };
  }

  // counts() gives what the filters leave, null when the incidents could not be read.
  function lists(data, incidents, counts, { monthly, byWard }) {
    const made = { hotspots: hotspots(data, counts, monthly), wards: wards(data, counts, Boolean(incidents.columns.ward), byWard) };
    if (incidents.size) made.points = busiest(data, incidents);
    return { ...made, ...geo.markLists(data, count, field) };
  }

  geo.lists = lists;
})((globalThis.geo = globalThis.geo || {}));
