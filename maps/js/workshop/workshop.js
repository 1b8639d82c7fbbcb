// The page of a workshop: reads its data and puts the parts together.
(function (geo) {
  "use strict";

  const PANES = { earlier: 462, notes: 464, marks: 480, sketch: 490 };

  // The buttons of the map in the language of the page.
  function speak(map, t) {
    const container = map.getContainer();
    container.setAttribute("aria-label", t("map_label"));
    container.querySelector(".whole").textContent = t("whole_area");
    for (const [name, key] of [["in", "zoom_in"], ["out", "zoom_out"]]) {
      const button = container.querySelector(".leaflet-control-zoom-" + name);
      button.title = t(key);
      button.setAttribute("aria-label", t(key));
    }
  }

  async function start(map) {
    const data = await geo.data();
    const t = geo.translator(data.language, data.texts);
    const now = () => new Date().toISOString();
    const stage = geo.stage(map, data.bounds);
    for (const [name, order] of Object.entries(PANES)) map.createPane(name).style.zIndex = order;
    map.getPane("sketch").style.pointerEvents = "none";
    speak(map, t);
    for (const day of document.querySelectorAll("time")) day.textContent = t.date(day.getAttribute("datetime"));

    const book = geo.noteBook(() => window.localStorage, data.map, now);
    const bubble = geo.bubble(map, t);
    const form = geo.noteForm(stage, t, data, book);
    const fill = geo.patterns();
    const names = geo.countedAreas(stage, t, data, fill, bubble, form.isDrawing);
    const marks = geo.noteMarks(stage, t, data, book, bubble, form.isDrawing);
    names.avoid(marks.places);
    book.on(names.arrange);
    geo.noteList(t, data, book, { ...marks, edit: form.edit, message: form.message });
    geo.facilitator(t, data, book, marks);
    geo.noteTransfer(t, data, book, now, form.message);
    geo.workshopKey(stage, t, data, fill);
    geo.areasTable(t, data);
    geo.projector(stage, t);
    await geo.findPlace(stage, t, data);
    if (data.base_map) await geo.baseMap(map, data.base_map, geo.dom.byId("key"));
    geo.print(stage, names.arrange);
    requestAnimationFrame(() => requestAnimationFrame(() => (document.documentElement.dataset.ready = "yes")));
  }

  start(globalThis.map_geo);
})((globalThis.geo = globalThis.geo || {}));
