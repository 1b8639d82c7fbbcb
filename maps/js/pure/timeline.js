// Months in their order, and a window of them that is moved from step to step. No DOM.
(function (geo) {
  "use strict";

  const MONTH = /^(\d{4})-(0[1-9]|1[0-2])$/;
  const MOST = 600; // fifty years: a wrong date must not make an endless slider

  function number(month) {
    const parts = MONTH.exec(month);
    return parts ? 12 * Number(parts[1]) + Number(parts[2]) - 1 : null;
  }

  function name(value) {
    return String(Math.floor(value / 12)).padStart(4, "0") + "-" + String((value % 12) + 1).padStart(2, "0");
  }

  // Every month from the first to the last that occur, gaps included; position[code] is where the month of a code
  // stands among them, -1 for what is no month.
  function axis(values) {
    const numbers = values.map(number);
    const known = numbers.filter((value) => value !== null);
    const first = Math.min(...known);
    const size = known.length ? Math.max(...known) - first + 1 : 0;
    if (!size || size > MOST) return { months: [], position: values.map(() => -1) };
    return {
      months: Array.from({ length: size }, (_, i) => name(first + i)),
      position: numbers.map((value) => (value === null ? -1 : value - first)),
    };
  }

  function whole(size) {
    return { from: 0, to: size - 1 };
  }

  function isWhole(range, size) {
    return range.from <= 0 && range.to >= size - 1;
  }

  // One end moved; the other is pushed along when they would cross.
  function moved(range, end, value) {
    return end === "from" ? { from: value, to: Math.max(value, range.to) } : { from: Math.min(value, range.from), to: value };
  }

  // The window one step on (by = 1) or back (-1), as wide as it is; from the whole time the first or last month. Null at
  // the end.
  function stepped(range, by, size) {
    if (isWhole(range, size)) return by > 0 ? { from: 0, to: 0 } : { from: size - 1, to: size - 1 };
    const next = { from: range.from + by, to: range.to + by };
    return next.from < 0 || next.to >= size ? null : next;
  }

  geo.timeline = { axis, whole, isWhole, moved, stepped, isMonth: (text) => MONTH.test(text) };
})((globalThis.geo = globalThis.geo || {}));
