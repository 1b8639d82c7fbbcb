// The page of the analyst: reads its data, holds what is shown, and tells every part when that changes.
(function (geo) {
  "use strict";

  const { byId, el } = geo.dom;
  const LAYERS = {
    hotspots: ["hotspots", "rims", "leaders", "badges"], weak: [], incidents: ["incidents"], wards: ["wards", "borders", "labels"],
  };
  const MARKS = ["places", "engagements", "notes"];
  const NOTHING = { x: new Uint16Array(0), y: new Uint16Array(0), hotspot: new Uint8Array(0), month: new Uint8Array(0) };

  async function readPlaces(schema) {
    const raw = await geo.unpack.inflate(geo.unpack.bytes(byId("points").textContent));
    return geo.places.gather(geo.unpack.columns(raw, schema.rows, schema.columns));
  }

  // Without the incidents the rest of the page is whole; nothing then says that there are none.
  function without(data, problem) {
    const text = "The incidents in this file could not be read: " + problem.message + ".";
    byId("key-scale").replaceChildren(el("span", { class: "trouble" }, text));
    const kept = [...data.measures.keys()].filter((i) => !data.measures[i].live);
    for (const ward of data.wards) for (const name of ["classes", "texts", "spoken"]) ward[name] = kept.map((i) => ward[name][i]);
    data.measures = kept.map((i) => data.measures[i]);
    data.incidents.lists = {};
    return geo.places.gather(NOTHING);
  }

  const isShown = (name) => byId("show-" + name).checked;

  async function start(map) {
    const data = await geo.data();
    let broken = false;
    const incidents = await readPlaces(data.incidents).catch((problem) => {
      broken = true;
      return without(data, problem);
    });
    const stage = geo.stage(map, data.bounds);
    const selection = geo.selection();
    const axis = geo.timeline.axis(data.incidents.lists.month || []);
    const { months } = axis;
    const setup = { axis, wards: data.wards.length, ranks: Math.max(0, ...data.hotspots.map((spot) => spot.rank)) };
    const [monthly, byWard] = ["hotspot", "ward"].map((of) => ({ counts: geo.places.monthly(incidents, axis, of), months }));
    const byCode = new Map(data.wards.map((ward, i) => [ward.code, { ward, index: i + 1 }]));
    const byRank = new Map(data.hotspots.map((spot) => [spot.rank, spot]));
    let state = geo.filter.everything(months.length);
    let counts = null;
    let changed = () => {}; // until what the address says has been read
    let first = true;
    const later = () => changed();
    for (const place of data.engagements) place.shown = place.events;

    geo.furniture.dress(map);
    const ring = geo.furniture.ring(map);
    if (data.tiles) geo.tiles(map, data.tiles, byId("layers"));
    if (data.base_map) await geo.baseMap(map, data.base_map, byId("layers"));
    const picker = geo.picker(map, data, selection);
    const wards = geo.choropleth(stage, data.wards, selection, picker.pick);
    const shapes = geo.shapes(stage, data, selection, picker.pick);
    const marks = geo.markers(stage, data, selection, isShown);
    const live = geo.live(data, months.length);
    const measures = geo.measures(data, wards, () => names.write());
    const names = geo.labels(map, wards.drawn, () => [...shapes.arrange(), ...marks.boxes()], measures.text);
    const key = geo.key(stage, data, LAYERS, () => (names.arrange(), later()));
    const canvas = broken ? null : new geo.Canvas(incidents, data, key.scale);
    const table = geo.explorer(geo.lists(data, incidents, () => counts, { monthly, byWard }), selection, later);
    const form = geo.filters(data, incidents.columns, (part) => apply(part || geo.filter.everything(months.length)));
    const player = geo.player(months, stage.still, apply);
    const layers = ["hotspots", ...(byId("layer-weak").hidden ? [] : ["weak"]), "wards", "incidents", ...MARKS.filter((name) => data[name].length)];
    const page = { map, data, columns: incidents.columns, axis, layers, isShown, table, selection, codes: [...byCode.keys()], ranks: [...byRank.keys()] };
    const view = geo.view(page, () => state, apply);

    function card(id) {
      if (byRank.has(id)) return geo.card.entry(byRank.get(id), data.total, monthly);
      if (byCode.has(id)) {
        const { ward, index } = byCode.get(id);
        const filtered = !broken && incidents.columns.ward && geo.filter.isOn(state, months.length);
        const made = geo.cards.ward(ward, filtered ? geo.format.number(counts.byWard[index]) : "");
        const bars = byWard.counts[index] ? [geo.months.bars(byWard.counts[index], months)] : [];
        return { ...made, body: [...bars, ...made.body] };
      }
      const mark = marks.find(id);
      return mark ? { places: geo.cards.place, engagements: geo.cards.engagements, notes: geo.cards.note }[mark.kind](mark.record) : null;
    }

    function back({ id, from }) {
      if (from instanceof Element) from.focus();
      else if (from === "table" && table.focus(id)) return;
      else if (byRank.has(id)) shapes.focus(id);
      else if (byCode.has(id)) wards.focus(id);
      else marks.focus(id);
    }

    // Which table has the row of what is chosen.
    function kindOf(id) {
      return byRank.has(id) ? "hotspots" : byCode.has(id) ? "wards" : String(id).split(":")[0];
    }

    const place = (id) => (canvas && String(id).startsWith("point:") ? Number(String(id).slice(6)) : -1);

    function goTo(at) {
      map.setView(canvas.centre(at), Math.max(map.getZoom(), 16), { animate: false });
      stage.show();
      picker.open(at);
    }

    // Everything that the filters change, in one place.
    function apply(part) {
      state = { ...state, ...part };
      const everyMonth = geo.timeline.isWhole(state, months.length);
      const inside = ({ date }) => everyMonth || (date.slice(0, 7) >= months[state.from] && date.slice(0, 7) <= months[state.to]);
      for (const one of data.engagements) one.shown = one.events.filter(inside);
      if (!broken) counts = geo.filter.run(incidents, setup, state);
      live.update(counts, state);
      measures.show();
      marks.update();
      if (canvas && canvas._map) canvas.draw();
      map.closePopup();
      form.write(state);
      if (!broken) player.show(state, counts.byMonth);
      table.show();
      tell();
      changed();
    }

    function tell() {
      const words = form.words(state, months);
      const said = broken ? "The incidents could not be read" : geo.format.number(counts.total) + " of " + geo.format.plural(data.incidents.rows, "incident") + " shown";
      byId("count").textContent = said + ".";
      byId("filter-words").textContent = words || "none";
      if (!first) geo.dom.say(said + "; " + (words || "no filter") + ".");
      first = false;
    }

    for (const name of MARKS) {
      byId("layer-" + name).hidden = !data[name].length;
      byId("show-" + name).addEventListener("change", () => (marks.update(), later()));
    }
    byId("dense").addEventListener("change", () => {
      if (canvas) canvas.dense = byId("dense").checked;
      if (canvas && canvas._map) canvas.draw();
      later();
    });
    byId("measure").addEventListener("change", later);
    geo.toolbar(byId("layers"), "Layers of the map", [...byId("layers").querySelectorAll("input")]);
    geo.drawer(selection, card, back);
    geo.wardSearch(data.wards, wards, selection);
    geo.findings(wards, selection);
    map.on("click", picker.pick);
    map.on("resize viewreset", names.arrange);
    selection.on("choose", (id, how) => {
      if (how.from === "table" && byCode.has(id)) wards.show([id]), wards.focus(id);
      else if (how.from === "table" && place(id) >= 0) goTo(place(id));
      else if (how.from !== "table" && id !== null) table.reveal(kindOf(id), id);
      later();
    });
    selection.on("point", (id) => ring(place(id) >= 0 ? canvas.centre(place(id)) : null));

    names.write();
    if (canvas) {
      picker.use(canvas);
      canvas.addTo(map);
    }
    if (!view.restore()) apply({});
    changed = geo.link(view.read);
    map.on("moveend", changed);
    window.addEventListener("hashchange", view.restore);
    geo.print(stage, (ratio) => {
      if (canvas) canvas.ratio = ratio;
      if (canvas && canvas._map) canvas.draw();
      names.arrange();
    });
    // the key has its text only now, and the map a little less room: ready when that has settled
    requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = "yes")));
  }

  start(globalThis.map_geo);
})((globalThis.geo = globalThis.geo || {}));
