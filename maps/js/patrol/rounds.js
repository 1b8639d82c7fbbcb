// The way and the numbered stops of the open team on the map; the ways of other teams stay as thin lines.
(function (geo) {
  "use strict";

  const SIZE = { width: 28, height: 26 };
  const FLAG = { width: 104, height: 24 }; // with its words

  function still(map, shape) {
    return shape.addTo(map);
  }

  function way(map, route) {
    const line = (className) => still(map, L.polyline(route, { pane: "outlines", className, interactive: false, smoothFactor: 0.5 }));
    return [line("way-case"), line("way")];
  }

  function flag(map, at, text) {
    const { el, svg } = geo.dom;
    const picture = svg("svg", { viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" }, svg("path", { class: "base", d: "M12 2L22 21H2Z" }));
    const html = el("span", { class: "flag" }, picture, el("span", null, text));
    const icon = L.divIcon({ html, className: "place-holder", iconSize: [0, 0] });
    return still(map, L.marker(at, { icon, pane: "leaders", interactive: false, keyboard: false }));
  }

  function ends(map, route) {
    if (!route.length) return [];
    const [first, last] = [route[0], route.at(-1)];
    const same = L.latLng(first).distanceTo(L.latLng(last)) < 30;
    return same ? [flag(map, first, "Start, end")] : [flag(map, first, "Start"), flag(map, last, "End")];
  }

  function stop(map, record, id, selection) {
    const { el, svg } = geo.dom;
    const mark = el("span", { class: "mark pin " + (record.hot ? "hot" : "focal") }, record.order);
    const line = svg("line", { x1: 0, y1: 0, x2: 0, y2: 0 });
    const html = el("span", null, svg("svg", { class: "leader", width: 1, height: 1, "aria-hidden": "true" }, line), mark);
    const icon = L.divIcon({ html, className: "place-holder", iconSize: [0, 0] });
    const marker = still(map, L.marker(record.at, { icon, pane: "badges", keyboard: false, bubblingMouseEvents: false }));
    marker.on("click", () => selection.choose(id, { from: "map" }));
    const ring = record.radius_m
      ? still(map, L.circle(record.at, { radius: record.radius_m, pane: "hotspots", className: "ring", interactive: false }))
      : null;
    const outline = { getElement: () => mark, bringToFront: () => outline };
    const kind = record.hot ? "hot spot" : "focal point";
    const label = "Stop " + record.order + ", " + record.name + ", " + kind + ", " + record.when;
    return { id, record, mark, line, label, outline, layers: [marker, ring].filter(Boolean) };
  }

  // teams: [{route, stops}]. open(team) shows one; arrange() moves numbers apart and returns the boxes they take.
  function rounds(stage, teams, selection) {
    const { map } = stage;
    const drawn = teams.map((team, t) => ({
      lines: team.route.length > 1 ? way(map, team.route) : [],
      ends: ends(map, team.route),
      stops: team.stops.map((record, i) => record.at && stop(map, record, t + ":" + i, selection)).filter(Boolean),
    }));
    const every = drawn.flatMap((team, t) => team.stops.map((item) => ({ ...item, t })));
    let now = 0;

    const rove = geo.roving(
      every.map((item) => ({
        element: item.mark, outline: item.outline, label: item.label, shown: () => item.t === now,
        point: () => map.latLngToContainerPoint(item.record.at),
      })),
      {
        reveal: (i) => see(every[i]),
        open: (i) => selection.choose(every[i].id, { from: "keys" }),
        close: () => selection.choose(null, { from: "keys" }),
      },
    );

    function see(item) {
      if (!map.getBounds().contains(item.record.at)) map.panTo(item.record.at, { animate: false });
    }

    function show(t) {
      now = t;
      drawn.forEach((team, i) => {
        for (const line of team.lines) line.getElement().classList.toggle("other", i !== t);
        if (i === t) team.lines.forEach((line) => line.bringToFront());
        for (const layer of [...team.ends, ...team.stops.flatMap((item) => item.layers)]) {
          layer.getElement().style.display = i === t ? "" : "none";
        }
      });
      rove.settle();
    }

    function arrange() {
      const { stops } = drawn[now];
      const points = stops.map((item) => map.latLngToContainerPoint(item.record.at));
      const moved = geo.numbers.beside(points, SIZE);
      stops.forEach(({ mark, line }, i) => {
        mark.style.left = moved[i].x + "px";
        mark.style.top = moved[i].y + "px";
        line.setAttribute("x2", moved[i].x);
        line.setAttribute("y2", moved[i].y);
      });
      const flags = drawn[now].ends.map((marker) => map.latLngToContainerPoint(marker.getLatLng()));
      return [
        ...points.map((at, i) => geo.layout.box(at.x + moved[i].x, at.y + moved[i].y, SIZE.width, SIZE.height)),
        ...flags.map(({ x, y }) => geo.layout.box(x + FLAG.width / 2 - 12, y, FLAG.width, FLAG.height)),
        ...geo.layout.along(teams[now].route.map((at) => map.latLngToContainerPoint(at))),
      ];
    }

    function tick(id, done) {
      for (const item of every) if (item.id === id) item.mark.classList.toggle("ticked", done);
    }

    selection.on("choose", (id) => {
      for (const item of every) item.mark.classList.toggle("chosen", item.id === id);
      const item = every.find((one) => one.id === id);
      if (item) see(item);
    });

    return { show, arrange, tick };
  }

  geo.rounds = rounds;
})((globalThis.geo = globalThis.geo || {}));
