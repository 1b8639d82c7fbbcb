// The card of what is chosen: opens, closes with its button or Escape, and gives the focus back to what opened it.
(function (geo) {
  "use strict";

  // find(id) gives { name, title, body, said } or null: the name for the close button, nodes, and what is said aloud.
  // back({ id, from }) puts the focus where the card was opened.
  function drawer(selection, find, back) {
    const { el, byId, say } = geo.dom;
    const place = byId("card");
    let opener = null;

    function close() {
      selection.choose(null);
    }

    function fill({ name, title, body }) {
      place.replaceChildren(
        el("button", { type: "button", class: "close", "aria-label": "Close " + name, on: { click: close } }, "×"),
        el("h2", { id: "geo-card-title" }, ...title),
        ...body,
      );
      place.hidden = false;
      place.scrollTop = 0;
    }

    selection.on("choose", (id, how) => {
      const found = find(id);
      if (!found) {
        const held = place.contains(document.activeElement) || how.from === "keys";
        const was = opener;
        place.hidden = true;
        opener = null;
        if (held && was !== null) back(was);
        return;
      }
      opener = { from: how.from, id };
      fill(found);
      say(found.said + " Details shown beside the map; Escape closes them.");
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !place.hidden) close();
    });
  }

  // Facts as a list: [{label, value, small}].
  function facts(rows) {
    const { el } = geo.dom;
    const made = rows.map(({ label, value, small }) =>
      el("div", null, el("dt", null, label), el("dd", null, el("b", null, value), small ? el("small", null, small) : null)));
    return el("dl", null, ...made);
  }

  geo.drawer = drawer;
  geo.drawer.facts = facts;
})((globalThis.geo = globalThis.geo || {}));
