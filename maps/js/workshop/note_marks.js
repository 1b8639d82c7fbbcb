// Notes on the map: a numbered shape each, on its line or area if it has one. Those of earlier workshops are pale.
(function (geo) {
  "use strict";

  function outline(geometry, feeling, pane, pale) {
    if (geometry.type === "Point") return [];
    const area = geometry.type.endsWith("Polygon") ? " area" : "";
    const part = (name) => L.geoJSON(geometry, { pane, style: { pane, className: name + " " + feeling + area + (pale ? " pale" : ""), bubblingMouseEvents: true } });
    return [part("note-under"), part("note-line")];
  }

  // Adds one note to a group; returns where its number stands, as [lat, lon].
  function draw(group, note, text, pane, pale, open) {
    const at = geo.whereabouts.middle(note.geometry);
    for (const layer of outline(note.geometry, note.feeling, pane, pale)) group.addLayer(layer.on("click", () => open(at)));
    const icon = L.divIcon({ html: geo.feelings.icon(note.feeling, text, pale), className: "mark-holder", iconSize: [44, 44] });
    group.addLayer(L.marker(at, { icon, pane: pale ? pane : "marks", keyboard: false }).on("click", () => open(at)));
    return at;
  }

  // isDrawing() is asked before a note is opened: while somebody draws, a tap on a note is a tap on the map.
  function noteMarks(stage, t, data, book, bubble, isDrawing) {
    const { map } = stage;
    const { el } = geo.dom;
    const groups = { notes: L.layerGroup().addTo(map), earlier: L.layerGroup().addTo(map) };
    const places = new Map();

    function content(note, title) {
      return [el("strong", null, title), el("span", null, t(note.feeling)), el("p", { class: "said", dir: "auto" }, note.note || t("no_words"))];
    }

    function open(note, title, at) {
      if (!isDrawing()) bubble.open(at, ...content(note, title));
    }

    function arrange() {
      groups.notes.clearLayers();
      places.clear();
      book.shown().forEach((note, i) => {
        const title = t("note_name", { number: i + 1 });
        places.set(note.id, draw(groups.notes, note, t.number(i + 1), "notes", false, (at) => open(note, title, at)));
      });
    }

    function look(note) {
      map.fitBounds(L.geoJSON(note.geometry).getBounds().pad(0.6), { maxZoom: Math.max(15, map.getZoom()), animate: false });
    }

    // Brings a note into view and opens it.
    function go(note, title, at) {
      look(note);
      stage.show();
      open(note, title, at);
      geo.dom.say([title, t(note.feeling), note.note || t("no_words")].join(". "));
    }

    for (const note of data.earlier) draw(groups.earlier, note, "", "earlier", true, (at) => open(note, t("earlier_note"), at));
    arrange();
    book.on(() => {
      bubble.close();
      arrange();
    });
    return {
      show(id) {
        const note = book.all().find((one) => one.id === id);
        go(note, t("note_name", { number: book.number(id) }), places.get(id));
      },
      // Where all marks are, as [lat, lon].
      places: () => [...places.values(), ...data.earlier.map((note) => geo.whereabouts.middle(note.geometry))],
      // Brings a note into view; also one that has no mark.
      look(note) {
        bubble.close();
        look(note);
      },
      showEarlier: (note) => go(note, t("earlier_note"), geo.whereabouts.middle(note.geometry)),
    };
  }

  geo.noteMarks = noteMarks;
})((globalThis.geo = globalThis.geo || {}));
