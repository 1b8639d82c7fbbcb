// What the card beside the map says of a ward, a focal point, engagements at a place, and a note.
(function (geo) {
  "use strict";

  function titled(name) {
    return [geo.dom.el("span", { class: "name" }, name)];
  }

  function facts(rows) {
    return geo.drawer.facts(rows.filter((row) => row.value));
  }

  // shown: incidents under the filters, if there are any filters
  function ward(record, shown) {
    const { el } = geo.dom;
    const rows = record.facts.map(([label, value, small]) => ({ label, value, small }));
    if (shown) rows.unshift({ label: "Incidents shown", value: shown, small: "under the filters" });
    return {
      name: record.name, title: titled(record.name), said: "Ward " + record.name + ".",
      body: [
        record.district ? el("p", { class: "district" }, record.district) : null,
        record.unknown ? el("p", { class: "warning" }, "Few reports and little engagement: unknown, not safe.") : null,
        record.reason ? el("p", { class: "reason" }, record.reason) : null,
        geo.drawer.facts(rows),
      ].filter(Boolean),
    };
  }

  function place(record) {
    return {
      name: record.name, title: titled(record.name), said: record.name + ", " + record.kind + ".",
      body: [facts([{ label: "Kind", value: record.kind }, { label: "Communities", value: record.communities }])],
    };
  }

  const MOST = 12;

  function engagements(record) {
    const { el, number } = { ...geo.dom, ...geo.format };
    const latest = record.shown.slice().sort((a, b) => (a.date < b.date ? 1 : -1));
    const people = record.shown.reduce((sum, one) => sum + (one.attendees || 0), 0);
    const unknown = record.shown.filter((one) => one.attendees === null).length;
    const items = latest.slice(0, MOST).map((one) =>
      el("li", null, (one.day || "no date") + ": " + one.activity + (one.attendees === null ? "" : ", " + number(one.attendees) + " came")));
    return {
      name: record.name, title: titled(record.name),
      said: geo.format.plural(record.shown.length, "engagement") + " at " + record.name + ".",
      body: [
        facts([
          { label: "Engagements", value: number(record.shown.length), small: "as logged, in the months shown" },
          { label: "People met", value: number(people), small: unknown ? "not noted for " + number(unknown) : "one met twice counts twice" },
        ]),
        el("ul", { class: "meetings" }, ...items),
        latest.length > MOST ? el("p", null, "And " + number(latest.length - MOST) + " before.") : null,
      ].filter(Boolean),
    };
  }

  function note(record) {
    const feeling = geo.markers.FEELINGS[record.feeling] || "Said";
    return {
      name: "the note", title: titled(feeling), said: feeling + ".",
      body: [
        geo.dom.el("p", { class: "reason" }, record.note || "No words."),
        facts([{ label: "Written", value: record.day }]),
      ],
    };
  }

  geo.cards = { ward, place, engagements, note };
})((globalThis.geo = globalThis.geo || {}));
