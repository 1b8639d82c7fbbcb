// Classes of wards by a number that changes with the filters: about as many wards in each. No DOM.
(function (geo) {
  "use strict";

  function rounded(value) {
    return value >= 100 ? Number(value.toPrecision(2)) : value >= 10 ? Math.round(value) : Number(value.toPrecision(2));
  }

  // Limits between at most `steps` classes of the values above zero. Whole numbers keep whole limits.
  function limits(values, steps) {
    const known = values.filter((value) => value > 0).sort((a, b) => a - b);
    if (!known.length) return [];
    const whole = known.every(Number.isInteger);
    const found = new Set();
    for (let i = 1; i < steps; i++) {
      const value = known[Math.min(known.length - 1, Math.floor((i * known.length) / steps))];
      const limit = whole ? Math.ceil(rounded(value)) : rounded(value);
      if (limit > known[0] && limit <= known[known.length - 1]) found.add(limit);
    }
    return [...found].sort((a, b) => a - b);
  }

  // 0 is none, 1 is the lowest class; not known is the class after the highest.
  function classOf(value, found) {
    if (!Number.isFinite(value)) return found.length + 2;
    if (value === 0) return 0;
    return 1 + found.filter((limit) => value >= limit).length;
  }

  // What each window of `width` months would show for every ward: the limits then hold while the window moves.
  function windows(wardMonths, wards, months, width) {
    const sums = [];
    for (let ward = 1; ward <= wards; ward++) {
      let sum = 0;
      for (let month = 0; month < months; month++) {
        sum += wardMonths[ward * months + month];
        if (month >= width) sum -= wardMonths[ward * months + month - width];
        if (month >= width - 1) sums.push({ ward, sum });
      }
    }
    return sums;
  }

  // `colours` from pale to dark, spread over the classes there are.
  function spread(colours, classes) {
    if (classes === 1) return [colours[2]];
    return Array.from({ length: classes }, (_, i) => colours[Math.round((i * (colours.length - 1)) / (classes - 1))]);
  }

  function labels(found, said) {
    if (!found.length) return ["some"];
    const between = found.slice(1).map((limit, i) => said(found[i]) + " to under " + said(limit));
    return ["under " + said(found[0]), ...between, said(found[found.length - 1]) + " and over"];
  }

  geo.cuts = { limits, classOf, windows, spread, labels };
})((globalThis.geo = globalThis.geo || {}));
