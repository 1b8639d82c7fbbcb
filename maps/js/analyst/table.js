// The ranked table: the same facts as the map, sortable, and a button in each row that goes there.
(function (geo) {
  "use strict";

  const COLUMNS = [
    { key: "rank", title: "Rank", number: true, value: (spot) => spot.rank },
    { key: "name", title: "Name and ward", value: (spot) => spot.name || null },
    { key: "incidents", title: "Incidents", number: true, value: (spot) => spot.incidents, downFirst: true },
    { key: "share", title: "Share", number: true, value: (spot) => spot.share, downFirst: true },
    { key: "months", title: "Months active", number: true, value: (spot) => spot.months_active, downFirst: true },
  ];

  // the wards, unless the name says them already
  function elsewhere(spot) {
    return spot.wards && !(spot.name || "").endsWith(", " + spot.wards);
  }

  function cells(spot, choose) {
    const { el } = geo.dom;
    const button = el("button", { type: "button", class: "go", on: { click: choose } }, el("span", { class: "unseen" }, "Show on the map: "), spot.name || "Hot spot " + spot.rank, elsewhere(spot) ? el("small", null, spot.wards) : null, spot.could_be_chance ? el("small", { class: "chance" }, "could be chance") : null);
    return [
      el("td", { class: "number" }, el("span", { class: spot.could_be_chance ? "rank chance" : "rank" }, String(spot.rank))),
      el("th", { scope: "row" }, button),
      el("td", { class: "number" }, spot.incidents === null ? "" : geo.format.number(spot.incidents)),
      el("td", { class: "number" }, spot.share === null ? "" : geo.format.percent(spot.share)),
      el("td", { class: "number" }, geo.card.active(spot) || ""),
    ];
  }

  function table(data, selection) {
    const { el, byId, say } = geo.dom;
    const place = byId("table");
    if (!data.hotspots.length) {
      place.append(el("p", { class: "none" }, "No hot spots at these settings. The map shows the wards and the incidents."));
      return { focus: () => {} };
    }
    const body = el("tbody");
    const rows = new Map(data.hotspots.map((spot) => [spot.rank, row(spot)]));
    const heads = COLUMNS.map((column) => head(column));
    let order = { key: "rank", down: false };

    function row(spot) {
      const made = el("tr", null, ...cells(spot, () => selection.choose(spot.rank, { from: "table" })));
      for (const event of ["mouseenter", "focusin"]) made.addEventListener(event, () => selection.point(spot.rank));
      for (const event of ["mouseleave", "focusout"]) made.addEventListener(event, () => selection.point(null));
      return made;
    }

    function head(column) {
      const button = el("button", { type: "button", on: { click: () => press(column) } }, column.title);
      return el("th", { scope: "col", class: column.number ? "number" : null }, button);
    }

    function press(column) {
      const down = order.key === column.key ? !order.down : Boolean(column.downFirst);
      order = { key: column.key, down };
      show();
      say("Sorted by " + column.title.toLowerCase() + (down ? ", highest first." : ", lowest first."));
    }

    function show() {
      COLUMNS.forEach((column, i) => {
        const here = column.key === order.key;
        heads[i].setAttribute("aria-sort", here ? (order.down ? "descending" : "ascending") : "none");
      });
      const value = COLUMNS.find((column) => column.key === order.key).value;
      body.append(...geo.sorting.sorted(data.hotspots, value, order.down).map((spot) => rows.get(spot.rank)));
    }

    place.append(el("table", null, el("caption", null, "Ranked by reports for the ground they cover. Choose a name to see it on the map."), el("thead", null, el("tr", null, ...heads)), body));
    show();

    selection.on("point", (rank) => rows.forEach((made, at) => made.classList.toggle("pointed", at === rank)));
    selection.on("choose", (rank, how) => {
      rows.forEach((made, at) => {
        made.classList.toggle("chosen", at === rank);
        if (at === rank) made.setAttribute("aria-current", "true");
        else made.removeAttribute("aria-current");
      });
      if (how.from !== "table" && rows.has(rank) && byId("panel").scrollHeight > byId("panel").clientHeight) {
        rows.get(rank).scrollIntoView({ block: "nearest" });
      }
    });
    return { focus: (rank) => rows.get(rank).querySelector("button").focus() };
  }

  geo.table = table;
})((globalThis.geo = globalThis.geo || {}));
