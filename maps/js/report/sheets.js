// Charts and tables of the questions, drawn when they are opened: headers are buttons that sort, long tables show their
// first rows, ward names go to the map.
(function (geo) {
  "use strict";

  const FIRST = 10;

  const UNKNOWN = "–";
  const LONG = 48; // letters, from which a text gets a wider column

  // What a cell is sorted by; null where nothing is known.
  function value({ number, cells, order }, row) {
    if (order) return order[row];
    if (cells[row] === UNKNOWN) return null;
    if (!number) return cells[row];
    const found = Number(cells[row].replaceAll(",", ""));
    return Number.isNaN(found) ? null : found;
  }

  function cell(made, column, row, kind, go) {
    const { el } = geo.dom;
    const text = column.cells[row];
    let shown = text;
    if (text === UNKNOWN) shown = [el("span", { "aria-hidden": "true" }, text), el("span", { class: "unseen" }, "not known")];
    else if (column.flag) shown = grown(made.marks[text]);
    shown = Array.isArray(shown) ? shown : [shown];
    const code = made.wards[row];
    if (kind === "td") return el(kind, { class: column.number ? "number" : text.length > LONG ? "long" : null }, ...shown);
    if (!code) return el(kind, { scope: "row" }, ...shown);
    const button = el("button", { type: "button", class: "go", "data-wards": code }, el("span", { class: "unseen" }, "Show on the map: "), ...shown);
    button.addEventListener("click", () => go(code, button));
    return el(kind, { scope: "row" }, button);
  }

  // A table from its values (maps/tables.py, columns): headers that sort, the first rows and a button for the others.
  function table(made, go) {
    const { el } = geo.dom;
    const { columns } = made;
    const heads = columns.map(({ said, number }) => el("th", { scope: "col", class: number ? "number" : null }, said));
    const rows = columns[0].cells.map((_, row) =>
      el("tr", null, ...columns.map((column, i) => cell(made, column, row, i === made.head ? "th" : "td", go))));
    const drawn = el(
      "table", { class: made.class },
      el("caption", null, el("span", { class: "unseen" }, made.question + " "), el("span", null, made.rows)),
      el("thead", null, el("tr", null, ...heads)), el("tbody", null, ...rows),
    );
    const box = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Table: " + made.question }, drawn);
    const held = el("div", { class: "table" }, box); // with the button that unfolds it, after the scrolling box
    sortable(drawn, columns, fold(drawn));
    return held;
  }

  function sortable(table, columns, shown) {
    const { el, say } = geo.dom;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, rank) => ({ row, rank }));
    const heads = [...table.tHead.rows[0].cells];
    let order = { column: -1, down: false };

    function press(column) {
      const numeric = heads[column].classList.contains("number");
      const down = order.column === column ? !order.down : numeric;
      order = { column, down };
      const sorted = geo.sorting.sorted(rows, ({ rank }) => value(columns[column], rank), down);
      body.append(...sorted.map(({ row }) => row));
      heads.forEach((head, i) => head.setAttribute("aria-sort", i === column ? (down ? "descending" : "ascending") : "none"));
      shown();
      say("Sorted by " + heads[column].textContent.toLowerCase() + (down ? ", highest first." : ", lowest first."));
    }

    if (rows.length < 2) return;
    heads.forEach((head, column) => {
      const button = el("button", { type: "button", on: { click: () => press(column) } }, head.textContent);
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
    });
  }

  function fold(table) {
    return geo.folding(() => [...table.tBodies[0].rows], FIRST, "rows", table.closest(".scroll"));
  }

  // A link to a question opens its evidence, and one button opens and closes all of it.
  function opening(draw) {
    const { el } = geo.dom;
    const all = [...document.querySelectorAll(".answer-sheet details")];
    const list = document.querySelector(".questions");
    if (!list) return;
    const reach = () => {
      const heading = document.getElementById(location.hash.slice(1));
      const own = all.find((one) => heading && one.parentElement.contains(heading));
      if (!own) return;
      draw(own);
      own.open = true;
    };
    for (const link of list.querySelectorAll("a")) link.addEventListener("click", () => setTimeout(reach));
    window.addEventListener("hashchange", reach);
    reach();
    if (all.length < 2) return;
    const button = el("button", { type: "button", class: "all", "aria-pressed": "false" }, "Open every table");
    button.addEventListener("click", () => {
      const open = button.getAttribute("aria-pressed") === "false";
      for (const one of all) {
        if (open) draw(one);
        one.open = open;
      }
      button.setAttribute("aria-pressed", String(open));
      button.textContent = open ? "Close every table" : "Open every table";
    });
    list.after(button);
  }

  // An element from [name, [attribute, value ...], part, part, ...], as maps/markup.py wrote it.
  function grown([name, listed, ...parts], inside) {
    const attributes = {};
    for (let i = 0; i < listed.length; i += 2) attributes[listed[i]] = listed[i + 1];
    const drawing = inside || name === "svg";
    const children = parts.map((part) => (typeof part === "string" ? part : grown(part, drawing)));
    return geo.dom[drawing ? "svg" : "el"](name, attributes, ...children);
  }

  // sheets: what stands behind each question, as values (maps/sheets.py, section).
  function sheets(made, wards, selection) {
    const { el } = geo.dom;
    const waiting = new Map();

    function go(code, button) {
      selection.choose(code, { from: button });
      wards.show([code]);
      wards.focus(code);
    }

    function draw(one) {
      const sheet = waiting.get(one);
      if (!sheet) return;
      waiting.delete(one);
      const chart = sheet.chart ? [el("figure", null, ...sheet.chart.map((part) => grown(part)))] : [];
      one.append(el("div", { class: sheet.layout }, ...chart, table(sheet.table, go)));
    }

    for (const one of document.querySelectorAll("details[data-sheet]")) {
      waiting.set(one, made[one.dataset.sheet]);
      one.addEventListener("toggle", () => one.open && draw(one));
      if (one.open) draw(one);
    }
    opening(draw);
  }

  geo.sheets = sheets;
})((globalThis.geo = globalThis.geo || {}));
