// Numbers, dates and areas as people in Britain write them. No DOM.
(function (geo) {
  "use strict";

  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

  function number(value) {
    return value.toLocaleString("en-GB", { maximumFractionDigits: 0 });
  }

  function percent(share) {
    const value = share * 100;
    if (share > 0 && value < 0.1) return "under 0.1%";
    // 99.96 must not read as all of them
    const shown = share < 1 && value >= 99.95 ? 99.9 : value;
    const digits = shown < 9.95 || (shown > 99 && shown < 100) ? 1 : 0;
    return shown.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits }) + "%";
  }

  function area(m2) {
    if (m2 < 10000) return number(m2) + " m²";
    return (m2 / 10000).toLocaleString("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 }) + " hectares";
  }

  function probability(p) {
    return p.toLocaleString("en-GB", { maximumSignificantDigits: 2 });
  }

  // A probability as people say it: 0.003 is "about 3 in 1,000".
  function chances(p) {
    if (p <= 0.001) return "1 in 1,000 at most";
    const of = p < 0.0095 ? 1000 : p < 0.095 ? 100 : 10;
    const count = Math.round(p * of);
    return count >= of ? "nearly always" : "about " + count + " in " + number(of);
  }

  function plural(count, one, many) {
    return number(count) + " " + (count === 1 ? one : many || one + "s");
  }

  // 2025-01 as Jan 2025; whatever else a file may hold stays as it is.
  function month(text) {
    const parts = /^(\d{4})-(\d{2})$/.exec(text);
    if (!text) return "month not recorded";
    return parts && MONTHS[parts[2] - 1] ? MONTHS[parts[2] - 1] + " " + parts[1] : text;
  }

  // 2025-03-12 as 12 Mar 2025.
  function day(text) {
    const parts = /^(\d{4}-\d{2})-(\d{2})$/.exec(text);
    return parts ? Number(parts[2]) + " " + month(parts[1]) : text;
  }

  function months(first, last) {
    return first === last ? month(first) : month(first) + " to " + month(last);
  }

  // A text with at most so many characters, for a list of which a browser must lay out every line.
  function short(text, most) {
    const letters = text.length > most ? Array.from(text.slice(0, 2 * most + 2)) : [];
    return letters.length > most ? letters.slice(0, most - 1).join("") + "…" : text;
  }

  geo.format = { number, percent, area, probability, chances, plural, month, months, day, short };
})((globalThis.geo = globalThis.geo || {}));
