// The tables beside the map: one at a time, sorted, searched, linked to the map both ways, and downloaded as shown.
(function (geo) {
  "use strict";

  const MOST = 100; // rows shown before a button shows the rest

  // tables: {name: {title, caption(), columns, rows(), empty}}; a column is {key, title, file, value(row), text(row), number,
  // downFirst, hidden (in the file only)}, or {key, title, draw(row)} for a picture; a row has an id (for the selection), a name and perhaps small print.
  function explorer(tables, selection, changed) {
    const { el, byId, say } = geo.dom;
    const { number, plural } = geo.format;
    const select = byId("table-kind");
    const search = byId("search");
    const place = byId("explorer");
    const orders = {};
    let made = new Map(); // id -> {row, tr}
    let shownRows = [];
    let all = false;

    select.append(...Object.entries(tables).map(([name, table]) => el("option", { value: name }, table.title)));
    const table = () => tables[select.value];
    const visible = () => table().columns.filter((column) => !column.hidden);
    const written = () => table().columns.filter((column) => !column.draw);
    const order = () => (orders[select.value] = orders[select.value] || { ...table().order });

    function text(row) {
      return geo.search.fold(written().map((column) => column.value(row)).filter((value) => typeof value === "string").join(" "));
    }

    function current() {
      const query = search.value;
      const rows = table().rows().map((row, rank) => ({ row, rank }));
      const found = geo.search.fold(query) ? rows.filter(({ row }) => geo.search.matches(text(row), query)) : rows;
      const column = table().columns.find(({ key }) => key === order().key);
      return geo.sorting.sorted(found, ({ row }) => column.value(row), order().down).map(({ row }) => row);
    }

    function cell(column, row) {
      if (column.draw) return el("td", { class: "drawn" }, column.draw(row));
      const shown = column.text ? column.text(row) : column.value(row) ?? "–";
      if (!column.go) return el("td", { class: column.number ? "number" : null }, String(shown));
      const choose = () => selection.choose(row.id, { from: "table" });
      const button = el("button", { type: "button", class: "go", on: { click: choose } }, el("span", { class: "unseen" }, "Show on the map: "), String(shown), row.small ? el("small", null, row.small) : null);
      return el("th", { scope: "row" }, button);
    }

    function line(row) {
      const here = row.id === selection.chosen();
      const tr = el("tr", { class: here ? "chosen" : null, "aria-current": here ? "true" : null }, ...visible().map((column) => cell(column, row)));
      for (const event of ["mouseenter", "focusin"]) tr.addEventListener(event, () => selection.point(row.id));
      for (const event of ["mouseleave", "focusout"]) tr.addEventListener(event, () => selection.point(null));
      return tr;
    }

    function head(column) {
      if (column.draw) return el("th", { scope: "col", class: "drawn" }, column.title);
      const here = column.key === order().key;
      const press = () => {
        orders[select.value] = { key: column.key, down: here ? !order().down : Boolean(column.downFirst) };
        show();
        place.querySelectorAll("thead th")[visible().indexOf(column)].querySelector("button").focus();
        say("Sorted by " + column.title.toLowerCase() + (order().down ? ", highest first." : ", lowest first."));
      };
      const button = el("button", { type: "button", on: { click: press } }, column.title);
      const sort = here ? (order().down ? "descending" : "ascending") : "none";
      return el("th", { scope: "col", class: column.number ? "number" : null, "aria-sort": sort }, button);
    }

    function show() {
      const held = [...made.values()].find(({ tr }) => tr.contains(document.activeElement));
      shownRows = current();
      const first = all ? shownRows : shownRows.slice(0, MOST);
      made = new Map(first.map((row) => [row.id, { row, tr: line(row) }]));
      const body = el("tbody", null, ...[...made.values()].map(({ tr }) => tr));
      const caption = el("caption", null, table().caption());
      const filled = el("table", { class: "explorer " + select.value }, caption, el("thead", null, el("tr", null, ...visible().map(head))), body);
      const rest = el("button", { type: "button", class: "all", on: { click: () => { all = true; show(); } } }, "Show all " + number(shownRows.length) + " rows");
      const none = search.value ? "No row has these words." : table().empty;
      place.replaceChildren(...(shownRows.length ? [filled, shownRows.length > first.length ? rest : null] : [el("p", { class: "none" }, none)]).filter(Boolean));
      byId("csv").disabled = !shownRows.length;
      if (held && made.has(held.row.id)) focus(held.row.id);
    }

    function focus(id) {
      const found = made.get(id);
      const button = found && found.tr.querySelector("button");
      if (button) button.focus({ preventScroll: true });
      return Boolean(button);
    }

    // All that the table shows, its folded rows too, and the columns that only the file has.
    function download() {
      const file = new Blob([geo.csv.make(written().map(({ file: title, value }) => ({ title, value })), shownRows)], { type: "text/csv" });
      const link = el("a", { href: URL.createObjectURL(file), download: select.value + ".csv" });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      say("Downloaded " + plural(shownRows.length, "row") + ".");
    }

    select.addEventListener("change", () => {
      all = false;
      show();
      changed();
      say(table().title + ": " + plural(shownRows.length, "row") + ".");
    });
    search.addEventListener("input", () => {
      show();
      say(plural(shownRows.length, "row") + " found.");
    });
    byId("csv").addEventListener("click", download);
    selection.on("point", (id) => made.forEach(({ tr }, at) => tr.classList.toggle("pointed", at === id)));
    selection.on("choose", (id, how) => mark(id, how.from !== "table"));

    function mark(id, scroll) {
      made.forEach(({ tr }, at) => {
        tr.classList.toggle("chosen", at === id);
        if (at === id) tr.setAttribute("aria-current", "true");
        else tr.removeAttribute("aria-current");
      });
      const panel = byId("panel");
      if (scroll && made.has(id) && panel.scrollHeight > panel.clientHeight) made.get(id).tr.scrollIntoView({ block: "nearest" });
    }

    function choose(name) {
      if (select.value !== name) all = false;
      select.value = name;
      show();
    }

    // The table that has this row, with the row in it.
    function reveal(name, id) {
      if (!tables[name] || made.has(id)) return;
      if (search.value && select.value === name) return; // what was searched for stays
      search.value = "";
      if (!tables[name].rows().some((row) => row.id === id)) return;
      select.value = name;
      all = true;
      show();
      mark(id, true);
    }

    return { show, focus, reveal, choose, kind: () => select.value, names: Object.keys(tables) };
  }

  geo.explorer = explorer;
})((globalThis.geo = globalThis.geo || {}));
