// The briefing page of a patrol: reads its data and puts the parts together.
(function (geo) {
  "use strict";

  const { byId } = geo.dom;

  function box(team, whole) {
    const all = [...team.route, ...team.stops.map((stop) => stop.at).filter(Boolean)];
    if (!all.length) return whole;
    const made = L.latLngBounds(all).pad(0.06);
    return [[made.getSouth(), made.getWest()], [made.getNorth(), made.getEast()]];
  }

  function drawWards(map, records) {
    return records.filter((record) => record.geometry).map((record) => {
      const part = (pane, className) => geo.dom.polygon(record.geometry, { pane, className, interactive: false }).addTo(map);
      part("borders", "border");
      return { record, layer: part("wards", "ward") };
    });
  }

  async function start(map) {
    const data = await geo.data();
    const whole = data.bounds;
    const view = [...box(data.teams[0], whole)]; // changed in place: the stage fits whatever stands in it
    const stage = geo.stage(map, view);
    const selection = geo.selection();
    const wards = drawWards(map, data.wards);
    const rounds = geo.rounds(stage, data.teams, selection);
    const names = geo.labels(map, wards, rounds.arrange);
    const sections = [...document.querySelectorAll(".team")];
    const lists = data.teams.map((team, t) =>
      geo.stopCards(sections[t], team, team.stops.map((stop, i) => t + ":" + i), selection, rounds.tick));
    let now = -1;

    const open = geo.teams(byId("plan"), sections, data.teams.map((team) => team.name), (t) => {
      if (t === now) return;
      now = t;
      [view[0], view[1]] = box(data.teams[t], whole);
      rounds.show(t);
      stage.refit();
      names.write();
    });

    selection.on("choose", (id, how) => {
      for (const { cards } of lists) for (const card of cards) card.classList.remove("chosen");
      if (id === null) return;
      const [t, i] = id.split(":").map(Number);
      lists[t].show(i);
      const card = lists[t].cards[i];
      card.classList.add("chosen");
      if (how.from === "card") stage.show();
      if (how.from !== "map" && how.from !== "keys") return;
      card.scrollIntoView({ block: "nearest" });
      card.querySelector("h3").focus({ preventScroll: true });
    });

    map.on("resize viewreset", names.arrange);
    open(0);
    const layer = data.base_map ? await geo.baseMap(map, data.base_map, byId("key")) : null;
    const ground = layer ? { drawn: layer._drawn, schema: data.base_map, names: layer.names } : null;
    const places = document.querySelectorAll(".sheet-map");
    data.sheets.forEach(([t, first, last, ...size], i) => {
      const team = data.teams[t];
      geo.paperMap(places[i], team, team.stops.slice(first, last), data.wards, size, ground);
    });
    requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = "yes")));
  }

  start(globalThis.map_geo);
})((globalThis.geo = globalThis.geo || {}));
