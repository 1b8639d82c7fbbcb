// The order of a table's rows. No DOM.
(function (geo) {
  "use strict";

  // A sorted copy; rows without a value come last either way, and equal rows keep their rank.
  function sorted(rows, value, descending) {
    const sign = descending ? -1 : 1;
    return rows.slice().sort((a, b) => {
      const one = value(a);
      const two = value(b);
      if (one === null || two === null) return (one === null) - (two === null) || a.rank - b.rank;
      const order = typeof one === "string" ? one.localeCompare(two, "en-GB", { numeric: true }) : one - two;
      return sign * order || a.rank - b.rank;
    });
  }

  geo.sorting = { sorted };
})((globalThis.geo = globalThis.geo || {}));
