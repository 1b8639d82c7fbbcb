// Finding by name: case, accents and doubled spaces make no difference. No DOM.
(function (geo) {
  "use strict";

  function fold(text) {
    return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ß", "ss").replace(/[’']/g, "").replace(/\s+/g, " ").trim();
  }

  // Whether every word of the query stands somewhere in the text (which is folded already).
  function matches(folded, query) {
    return fold(query).split(" ").every((word) => folded.includes(word));
  }

  // The one record whose name or code is meant: the same, else the only one that begins so, else the only one with it.
  function find(records, text) {
    const wanted = fold(text);
    if (!wanted) return null;
    const named = records.map((record) => ({ record, name: fold(record.name), code: fold(record.code) }));
    for (const test of [
      ({ name, code }) => name === wanted || code === wanted,
      ({ name }) => name.startsWith(wanted),
      ({ name }) => name.includes(wanted),
    ]) {
      const found = named.filter(test);
      if (found.length === 1) return found[0].record;
    }
    return null;
  }

  geo.search = { fold, matches, find };
})((globalThis.geo = globalThis.geo || {}));
