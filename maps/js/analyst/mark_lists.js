// The tables of what is marked on the analyst's map: focal points, engagements by place, notes of workshops.
(function (geo) {
  "use strict";

  const at = (field) => [field("lat", (row) => row.record.at[0]), field("lon", (row) => row.record.at[1])];

  function places(data, field) {
    return {
      title: "Focal points", order: { key: "name", down: false }, empty: "No focal point.",
      rows: () => data.places.map((record, i) => ({ id: "places:" + i, record, name: record.name, small: record.communities })),
      caption: () => "Places where people meet, as listed.",
      columns: [
        { key: "name", title: "Name", file: "name", go: true, value: (row) => row.name },
        { key: "kind", title: "Kind", file: "kind", value: (row) => row.record.kind },
        field("communities"), ...at(field),
      ],
    };
  }

  function engagements(data, count, field) {
    const people = ({ record }) => {
      const noted = record.shown.filter((one) => one.attendees !== null);
      return noted.length ? noted.reduce((sum, one) => sum + one.attendees, 0) : null;
    };
    const last = ({ record }) => record.shown.reduce((latest, one) => (one.date > latest ? one.date : latest), "") || null;
    const unplaced = data.unplaced ? " " + geo.format.plural(data.unplaced, "engagement") + " without a point on the map not listed." : "";
    return {
      title: "Engagements", order: { key: "shown", down: true }, empty: "No engagement in these months.",
      rows: () => data.engagements.map((record, i) => ({ id: "engagements:" + i, record, name: record.name })).filter((row) => row.record.shown.length),
      caption: () => "By place, in the months shown. The other filters are of incidents." + unplaced,
      columns: [
        { key: "name", title: "Place", file: "place", go: true, value: (row) => row.name },
        count("shown", "Times", (row) => row.record.shown.length, { file: "engagements_shown" }),
        count("people", "People met", people, { file: "attendees_shown" }),
        { key: "last", title: "Last", file: "last_date", downFirst: true, value: last, text: (row) => (last(row) ? geo.format.day(last(row)) : "–") },
        ...at(field),
      ],
    };
  }

  function notes(data, field) {
    return {
      title: "Workshop notes", order: { key: "note", down: false }, empty: "No note.",
      rows: () => data.notes.map((record, i) => ({ id: "notes:" + i, record, name: record.note || "No words" })),
      caption: () => "What people wrote on the map of a workshop.",
      columns: [
        { key: "note", title: "Note", file: "note", go: true, value: (row) => row.name },
        { key: "feeling", title: "Feeling", file: "feeling", value: (row) => geo.markers.FEELINGS[row.record.feeling] || null },
        field("day"), ...at(field),
      ],
    };
  }

  function markLists(data, count, field) {
    return {
      ...(data.places.length ? { places: places(data, field) } : {}),
      ...(data.engagements.length ? { engagements: engagements(data, count, field) } : {}),
      ...(data.notes.length ? { notes: notes(data, field) } : {}),
    };
  }

  geo.markLists = markLists;
})((globalThis.geo = globalThis.geo || {}));
