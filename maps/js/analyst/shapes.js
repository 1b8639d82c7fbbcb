// Hot spots on the map, one tab stop for all. Each is an area under the dots (which would turn grey under it), an
// outline over them, and a numbered badge. Those that could be chance are drawn when they are asked for.
(function (geo) {
  "use strict";

  const BADGE = { width: 27, height: 21 }; // pixels; wide enough for "12+"
  const NEAR = [17, 24]; // how far from its place a badge may stand, with its middle

  const MANY = 150; // in view: then a badge stands on its place or shares another, without a search round it

  function marker(record, html, pane, interactive) {
    const icon = L.divIcon({ html, className: "badge-holder", iconSize: [0, 0] });
    return L.marker(record.label, { icon, pane, interactive, keyboard: false, bubblingMouseEvents: false });
  }

  function badge(record) {
    const chance = record.could_be_chance ? " chance" : "";
    const mark = geo.dom.el("span", { class: "badge" + chance, "aria-hidden": "true" }, String(record.rank));
    const line = geo.dom.svg("line", { x1: 0, y1: 0, x2: 0, y2: 0 });
    const leader = geo.dom.svg("svg", { class: "leader" + chance, "aria-hidden": "true", width: 1, height: 1 }, line);
    return { mark, line, number: marker(record, mark, "badges", true), leader: marker(record, leader, "leaders", false) };
  }

  function say(record) {
    const share = record.share === null ? "" : ", " + geo.format.percent(record.share) + " of all";
    return "Hot spot " + record.rank + ", " + (record.name || "no name") + ", " + geo.format.plural(record.incidents, "incident") + share + (record.could_be_chance ? ", could be chance" : "");
  }

  function beside(at, turn) {
    return NEAR.flatMap((far) => geo.layout.around(at, far - 2 - BADGE.width / 2, { ...BADGE, height: BADGE.width }, turn, 1))
      .map(({ x, y }) => ({ ...geo.layout.box(at.x + x, at.y + y, BADGE.width, BADGE.height), x, y }));
  }

  function shapes(stage, data, selection, pickDot) {
    const { map } = stage;
    const group = L.layerGroup().addTo(map);
    const records = data.hotspots.filter((record) => record.geometry);
    const strong = records.filter((record) => !record.could_be_chance);
    const weak = strong.length ? records.filter((record) => record.could_be_chance) : [];
    const drawn = [];
    const byRank = new Map();
    let weakShown = !strong.length; // where none stands out there is nothing else to show
    const isShown = ({ record }) => weakShown || !record.could_be_chance;

    const rove = geo.roving([], {
      reveal(index) {
        if (!map.getBounds().contains(drawn[index].record.label)) map.panTo(drawn[index].record.label, { animate: false });
      },
      open: (index) => selection.choose(drawn[index].record.rank, { from: "keys" }),
      close: () => selection.choose(null, { from: "keys" }),
    });

    function draw(record) {
      // drawn to a third of a pixel: rounded outlines would show their corners
      const part = (pane, options) => geo.dom.polygon(record.geometry, { pane, smoothFactor: 0.3, ...options }).addTo(group);
      const chance = record.could_be_chance ? " chance" : "";
      const layer = part("hotspots", { className: "hotspot" + chance, bubblingMouseEvents: false });
      part("rims", { className: "casing" + chance, interactive: false }); // or it would be lost on a dark ward
      const outline = part("rims", { className: "outline" + chance, interactive: false });
      const made = { record, layer, outline, ...badge(record) };
      group.addLayer(made.leader).addLayer(made.number);
      layer.on("click", (event) => pickDot(event) || selection.choose(record.rank, { from: "map" }));
      made.number.on("click", () => open(made));
      for (const one of [layer, made.number]) {
        one.on("mouseover", () => selection.point(record.rank));
        one.on("mouseout", () => selection.point(null));
      }
      byRank.set(record.rank, drawn.push(made) - 1);
      return made;
    }

    function add(list) {
      const made = list.map(draw);
      rove.add(made.map(({ record, layer, outline }) => ({
        element: layer.getElement(), outline, label: say(record), shown: () => isShown({ record }),
        point: () => map.latLngToContainerPoint(record.label),
      })));
      const picture = map.getPane("hotspots").querySelector("svg");
      if (!picture) return;
      picture.setAttribute("role", "group");
      picture.setAttribute("aria-label", "Hot spots");
    }

    // A badge of several goes nearer, until each has its own.
    function open({ record, held }) {
      if (held.length < 2 || map.getZoom() >= 17) return selection.choose(record.rank, { from: "map" });
      const bounds = L.latLngBounds([]);
      for (const one of held) bounds.extend(one.layer.getBounds());
      map.fitBounds(bounds, { maxZoom: 17, animate: !stage.still, padding: [40, 40] });
    }

    // Draws those that could be chance, the first time they are asked for; returns whether they are shown.
    function showWeak(on) {
      weakShown = on || !strong.length;
      if (weakShown && drawn.length < records.length) add(weak);
      map.getContainer().classList.toggle("no-weak", !weakShown);
      rove.settle();
    }

    const box = weak.length ? geo.dom.byId("show-weak") : null;
    if (box) {
      geo.dom.byId("layer-weak").hidden = false;
      geo.dom.byId("layer-weak").lastChild.textContent += " (" + geo.format.number(weak.length) + ")";
      box.addEventListener("change", () => showWeak(box.checked));
    }

    // One that could be chance and is chosen in the table is shown, and the others with it.
    function bring(rank) {
      if (box && !byRank.has(rank) && weak.some((record) => record.rank === rank)) {
        box.checked = true;
        box.dispatchEvent(new Event("change"));
      }
      return drawn[byRank.get(rank)];
    }

    function mark(name, rank) {
      for (const { record, layer, outline, mark: number } of drawn) {
        for (const element of [layer.getElement(), outline.getElement(), number]) element.classList.toggle(name, record.rank === rank);
      }
      if (byRank.has(rank)) drawn[byRank.get(rank)].outline.bringToFront();
    }

    selection.on("point", (rank) => mark("pointed", rank));
    selection.on("choose", (rank, how) => {
      const item = bring(rank);
      mark("chosen", rank);
      if (!item || how.from !== "table") return;
      map.fitBounds(item.layer.getBounds(), { maxZoom: 16, animate: !stage.still, ...geo.card.padding() });
      stage.show();
      rove.go(byRank.get(rank));
    });

    function put({ mark: number, line }, { x, y }) {
      number.style.left = x + "px";
      number.style.top = y + "px";
      line.setAttribute("x2", x);
      line.setAttribute("y2", y);
    }

    function inView() {
      const size = map.getSize();
      return drawn.filter(isShown).sort((a, b) => a.record.rank - b.record.rank)
        .map((item) => ({ item, at: map.latLngToContainerPoint(item.record.label) }))
        .filter(({ at }) => at.x > -20 && at.y > -20 && at.x < size.x + 20 && at.y < size.y + 20);
    }

    // Badges by rank: inside a shape with room for one, beside its place if not; what finds no room near its place
    // shares the nearest badge before it. Returns the boxes now taken.
    function arrange() {
      const seen = inView();
      const taken = [];
      const standing = [];
      for (const { item, at } of seen) {
        const bounds = item.layer.getBounds();
        const width = map.latLngToContainerPoint(bounds.getNorthEast()).x - map.latLngToContainerPoint(bounds.getSouthWest()).x;
        const inside = { ...geo.layout.box(at.x, at.y, BADGE.width, BADGE.height), x: 0, y: 0 };
        const ways = seen.length > MANY ? [] : beside(at, geo.layout.away(at, seen.map((other) => other.at), 160));
        const free = geo.layout.place(width > 1.5 * BADGE.width ? [inside, ...ways] : [...ways, inside], taken);
        item.held = [item];
        if (free) {
          put(item, free);
          standing.push({ item, at });
        } else {
          const far = (other) => Math.hypot(other.at.x - at.x, other.at.y - at.y);
          standing.reduce((best, other) => (far(other) < far(best) ? other : best)).item.held.push(item);
        }
        for (const part of [item.mark, item.line.parentNode]) part.classList.toggle("crowded", !free);
      }
      for (const { item } of standing) {
        const several = item.held.length > 1;
        item.mark.textContent = item.record.rank + (several ? "+" : "");
        item.mark.title = several ? "Hot spots " + item.held.map(({ record }) => record.rank).join(", ") : "";
      }
      return taken;
    }

    add(strong.length ? strong : records);
    showWeak(false);
    return { group, arrange, focus: (rank) => byRank.has(rank) && rove.go(byRank.get(rank)) };
  }

  geo.shapes = shapes;
})((globalThis.geo = globalThis.geo || {}));
