// Tables that Python made: headers become buttons that sort, long tables show their first rows, ward names go to the map.
// Those of closed questions are drawn when they are opened, from the packed block.
(function (geo) {
  "use strict";

  const FIRST = 10;

  function value(cell, numeric) {
    const text = cell.dataset.sort === undefined ? cell.textContent : cell.dataset.sort;
    if (text === "") return null;
    return numeric ? Number(text) : text;
  }

  function sortable(table, shown) {
    const { el, say } = geo.dom;
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row, rank) => ({ row, rank }));
    const heads = [...table.tHead.rows[0].cells];
    let order = { column: -1, down: false };

    function press(column) {
      const numeric = heads[column].classList.contains("number");
      const down = order.column === column ? !order.down : numeric;
      order = { column, down };
      const sorted = geo.sorting.sorted(rows, ({ row }) => value(row.cells[column], numeric), down);
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

  // An element from [name, attributes, part, part, ...], as maps/markup.py wrote it.
  function grown([name, attributes, ...parts], inside) {
    const drawing = inside || name === "svg";
    const children = parts.map((part) => (typeof part === "string" ? part : grown(part, drawing)));
    return geo.dom[drawing ? "svg" : "el"](name, attributes, ...children);
  }

  async function packed() {
    const block = geo.dom.byId("sheets");
    if (!block) return [];
    const raw = await geo.unpack.inflate(geo.unpack.bytes(block.textContent));
    return JSON.parse(new TextDecoder().decode(raw));
  }

  async function sheets(wards, selection) {
    function wire(place) {
      for (const table of place.querySelectorAll("table.sheet")) sortable(table, fold(table));
      for (const button of place.querySelectorAll("table.sheet .go")) {
        const code = button.dataset.wards;
        button.addEventListener("click", () => {
          selection.choose(code, { from: button });
          wards.show([code]);
          wards.focus(code);
        });
      }
    }

    wire(document);
    const waiting = new Map();

    function draw(one) {
      if (!waiting.has(one)) return;
      one.append(...waiting.get(one).map((part) => grown(part)));
      waiting.delete(one);
      wire(one);
    }

    const later = [...document.querySelectorAll("details[data-sheet]")];
    try {
      const trees = await packed();
      for (const one of later) {
        waiting.set(one, trees[one.dataset.sheet]);
        one.addEventListener("toggle", () => draw(one));
      }
    } catch (problem) {
      const old = typeof DecompressionStream === "undefined";
      const text = old ? "This browser is too old to show it." : "It could not be read: " + problem.message + ".";
      for (const one of later) one.append(geo.dom.el("p", { class: "trouble" }, text));
    }
    opening(draw);
  }

  geo.sheets = sheets;
})((globalThis.geo = globalThis.geo || {}));
