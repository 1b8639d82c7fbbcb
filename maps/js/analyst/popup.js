// What one map point holds, in a small popup.
(function (geo) {
  "use strict";

  function list(rows) {
    const { el } = geo.dom;
    return rows.length > 1 || (rows[0] && rows[0].name)
      ? el("ul", null, ...rows.slice(0, 6).map((row) => el("li", null, (row.name || "not recorded") + ": " + geo.format.number(row.count))))
      : null;
  }

  function sentence(about) {
    return geo.format.plural(about.count, "report") + " at this map point, " + about.period;
  }

  function content(about, choose) {
    const { el } = geo.dom;
    const open = () => choose(about.rank);
    return el(
      "div", { class: "dot-popup" },
      el("p", null, sentence(about) + (about.rank ? "; hot spot " + about.rank : "; in no hot spot")),
      list(about.kinds),
      about.asb.some((row) => row.name) ? list(about.asb) : null,
      about.rank ? el("button", { type: "button", class: "plain", on: { click: open } }, "About hot spot " + about.rank) : null,
    );
  }

  // Returns pick(event): opens the popup of the dot under a click and returns true, or returns false.
  function picker(map, data, selection) {
    const popup = L.popup({ autoPanPadding: [16, 16], maxWidth: 280 });
    const coarse = matchMedia("(pointer: coarse)");
    let canvas = null;

    function choose(rank) {
      map.closePopup(popup);
      selection.choose(rank, { from: "map" });
    }

    function pick(event) {
      if (!canvas) return false;
      const place = canvas.at(event.containerPoint, coarse.matches ? 10 : 3);
      if (place < 0) return false;
      open(place);
      return true;
    }

    function open(place) {
      const about = geo.places.describe(canvas._places, place, data.incidents.lists);
      popup.setContent(content(about, choose)).setLatLng(canvas.centre(place)).openOn(map);
      geo.dom.say(sentence(about));
    }

    return { pick, open, use: (made) => (canvas = made) };
  }

  geo.picker = picker;
})((globalThis.geo = globalThis.geo || {}));
