// Which incidents are shown, and what they add up to by place, ward, hot spot and month. No DOM.
(function (geo) {
  "use strict";

  const CHOICES = ["crime_type", "asb_type", "source"]; // lists to choose from
  const NO_DAY = 7;
  const NO_HOUR = 24;

  // Everything: hours is [from, to) past midnight where to <= from, or null; days and the lists are codes, or null.
  function everything(size) {
    return { ...geo.timeline.whole(size), hours: null, days: null, untimed: false, crime_type: null, asb_type: null, source: null };
  }

  function hoursIn([from, to]) {
    const count = (to - from + 24) % 24 || 24;
    return Array.from({ length: count }, (_, i) => (from + i) % 24);
  }

  // A table of 0 and 1 for the codes of a column.
  function allowed(codes, size) {
    const table = new Uint8Array(size);
    for (const code of codes) table[code] = 1;
    return table;
  }

  // The columns that are filtered, each with the codes that pass.
  function tests(columns, state) {
    const found = [];
    for (const name of CHOICES) if (state[name] && columns[name]) found.push([columns[name], allowed(state[name], 65536)]);
    const unknown = state.untimed ? 1 : 0;
    const timed = (column, codes, none) => {
      const table = allowed(codes, 256);
      table[none] = unknown;
      found.push([column, table]);
    };
    if (state.days && columns.weekday) timed(columns.weekday, state.days, NO_DAY);
    if (state.hours && columns.hour) timed(columns.hour, hoursIn(state.hours), NO_HOUR);
    return found;
  }

  function pass(columns, state, mask) {
    mask.fill(1);
    for (const [column, table] of tests(columns, state)) {
      for (let i = 0; i < mask.length; i++) mask[i] &= table[column[i]];
    }
  }

  // How many there are of each, without a filter on months for `wardMonths` (a row of months for each ward; ward 0 is
  // none) and `byMonth`, which the time line shows.
  function run(places, setup, state) {
    const { columns, start, count, size } = places;
    const { axis, wards, ranks } = setup;
    const months = axis.months.length;
    const everyMonth = !months || geo.timeline.isWhole(state, months);
    const rows = columns.x.length;
    const mask = (places.mask = places.mask || new Uint8Array(rows));
    const made = {
      total: 0, byMonth: new Uint32Array(months), wardMonths: new Uint32Array((wards + 1) * months),
      byWard: new Uint32Array(wards + 1), byRank: new Uint32Array(ranks + 1),
    };
    pass(columns, state, mask);
    for (let p = 0; p < size; p++) {
      const end = p + 1 < size ? start[p + 1] : rows;
      let shown = 0;
      for (let i = start[p]; i < end; i++) {
        if (!mask[i]) continue;
        const month = axis.position[columns.month[i]];
        const ward = columns.ward ? columns.ward[i] : 0;
        if (month >= 0) {
          made.byMonth[month]++;
          made.wardMonths[ward * months + month]++;
        }
        if (!everyMonth && (month < state.from || month > state.to)) {
          mask[i] = 0;
          continue;
        }
        shown++;
        made.byWard[ward]++;
        made.byRank[columns.hotspot[i]]++;
      }
      count[p] = shown;
      made.total += shown;
    }
    return made;
  }

  // How many have no known hour, or no weekday where only that is known.
  function untimed(columns) {
    const column = columns.hour || columns.weekday;
    if (!column) return 0;
    const none = columns.hour ? NO_HOUR : NO_DAY;
    return column.reduce((sum, code) => sum + (code === none), 0);
  }

  function isOn(state, size) {
    return Boolean(!geo.timeline.isWhole(state, size) || state.hours || state.days || CHOICES.some((name) => state[name]));
  }

  geo.filter = { CHOICES, everything, hoursIn, run, untimed, isOn };
})((globalThis.geo = globalThis.geo || {}));
