// Numbers and letters on the map, none over another: those of one place share a mark, and the marks stand side by side.
(function (geo) {
  "use strict";

  const HEIGHT = 20;
  const RINGS = 3; // of boxes around a point: 24 pixels to the edge of the mark, which still belongs to it

  // Returns for each point the number of the mark it stands on: its own, or that of an earlier point nearby.
  function onto(points, near) {
    const kept = [];
    return points.map((point, index) => {
      const first = kept.find((at) => Math.abs(points[at].x - point.x) < near && Math.abs(points[at].y - point.y) < near);
      if (first === undefined) kept.push(index);
      return first === undefined ? index : first;
    });
  }

  // 2 before 10, B before AA.
  function inOrder(a, b) {
    return a.length - b.length || (a < b ? -1 : 1);
  }

  // The texts that stand on each mark, and nothing on one that gave its place away.
  function held(home, texts) {
    return home.map((at, index) => (at === index ? texts.filter((_, other) => home[other] === index).sort(inOrder) : []));
  }

  function width(mark) {
    return Math.max(22, mark.offsetWidth + 2);
  }

  function covered(box, taken) {
    const part = (other) => Math.max(0, Math.min(box.right, other.right) - Math.max(box.left, other.left)) * Math.max(0, Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top));
    return taken.reduce((sum, other) => sum + part(other), 0);
  }

  // Where a mark goes: beside its point, above and to the left first for numbers, below and to the right for letters;
  // where nothing is free, over as little of the others as can be.
  function beside(at, mark, away, taken) {
    const ways = geo.layout.around(at, 0, { width: width(mark), height: HEIGHT }, away, RINGS);
    const free = geo.layout.place(ways, taken);
    if (free) return free;
    const least = ways.reduce((best, way) => (covered(way, taken) < covered(best, taken) ? way : best));
    taken.push(least);
    return least;
  }

  function arrange(map, kind, taken) {
    const { items, away, between, near } = kind;
    const points = items.map((item) => map.latLngToContainerPoint(item.at));
    const groups = held(onto(points, near), items.map((item) => item.text));
    groups.forEach((texts, index) => {
      const { mark } = items[index];
      mark.classList.toggle("gathered", !texts.length);
      mark.textContent = texts.join(between) || items[index].text;
      const box = texts.length ? beside(points[index], mark, away, taken) : { x: 0, y: 0 };
      mark.style.left = box.x + "px";
      mark.style.top = box.y + "px";
    });
    if (kind.name) groups.forEach((texts, index) => items[index].mark.setAttribute("aria-label", kind.name(texts, items[index])));
  }

  // A click on a mark of several tells all of them: none could be met alone by a mouse.
  function several(map, items) {
    const { el } = geo.dom;
    for (const { mark, at } of items) {
      L.DomEvent.on(mark, "click", (event) => {
        const own = mark.textContent.split(" ");
        if (own.length < 2) return;
        L.DomEvent.stop(event);
        const list = items.filter((item) => own.includes(item.text)).sort((a, b) => inOrder(a.text, b.text));
        const lines = list.map((item) => el("li", null, el("b", null, item.text), " " + item.place.name + ", " + item.place.kind));
        L.popup({ maxWidth: 280 }).setLatLng(at).setContent(el("ul", { class: "several" }, ...lines)).openOn(map);
        geo.dom.say(list.map((item) => item.text + " " + item.place.name).join("; "));
      });
    }
  }

  // Returns obstacles(): the boxes where no name of a ward may stand.
  function gather(stage, data) {
    const { map } = stage;
    const marks = (pane, name) => [...map.getPane(pane).querySelectorAll(name)];
    const numbers = marks("leaders", ".spot-rank");
    const spots = data.hotspots.filter((spot) => spot.label)
      .map((spot, index) => ({ mark: numbers[index], at: spot.label, text: String(spot.rank) }));
    const letters = marks("incidents", ".place.lettered");
    const places = data.places.filter((place) => place.mark)
      .map((place, index) => ({ mark: letters[index], at: place.at, text: place.mark, place }));
    // near: how many pixels apart two must be for each to have its own mark; numbers stand side by side
    const kinds = [
      { items: spots, box: "show-hotspots", between: ", ", away: (-3 * Math.PI) / 4, near: 6 },
      {
        items: places, box: "show-places", between: " ", away: Math.PI / 4, near: 20,
        // what is written on the mark comes first in what it is called
        name: (texts, { text, place }) => (texts.join(" ") || text) + ": focal point " + place.name + ", " + place.kind,
      },
    ];
    map.getPane("incidents").style.zIndex = 475; // over the borders: a line through a letter makes another letter
    several(map, places);
    return () => {
      const taken = [];
      for (const kind of kinds) if (kind.items.length && geo.dom.byId(kind.box).checked) arrange(map, kind, taken);
      return taken;
    };
  }

  geo.gather = gather;
  geo.gather.onto = onto;
  geo.gather.held = held;
})((globalThis.geo = globalThis.geo || {}));
