// Wards shaded by what the filters leave: incidents, and incidents for each 1,000 residents.
(function (geo) {
  "use strict";

  function said(value) {
    const digits = value === 0 || value >= 10 || Number.isInteger(value) ? 0 : value >= 1 ? 1 : 2;
    return value.toLocaleString("en-GB", { minimumFractionDigits: digits, maximumFractionDigits: digits });
  }

  function rate(count, population) {
    return population > 0 ? (1000 * count) / population : NaN;
  }

  // Classes hold while a window of months moves: they are of every window as wide as the one shown.
  function pooled(data, counts, state, months, valueOf) {
    const width = state.to - state.from + 1;
    if (!months || geo.timeline.isWhole(state, months)) return data.wards.map((ward, i) => valueOf(counts.byWard[i + 1], ward));
    return geo.cuts.windows(counts.wardMonths, data.wards.length, months, width).map(({ ward, sum }) => valueOf(sum, data.wards[ward - 1]));
  }

  // Returns update(counts, state), which writes classes and texts into the records of the wards.
  function live(data, months) {
    const kinds = { count: (count) => count, rate: (count, ward) => rate(count, ward.population) };
    const fixed = data.measures.map((measure) => measure.note);

    function update(counts, state) {
      const filtered = geo.filter.isOn(state, months);
      data.measures.forEach((measure, at) => {
        const valueOf = kinds[measure.live];
        if (!valueOf) {
          measure.note = fixed[at] + (filtered ? " The filters do not change it: it stands for all the time." : "");
          return;
        }
        const values = data.wards.map((ward, i) => valueOf(counts.byWard[i + 1], ward));
        const found = geo.cuts.limits(pooled(data, counts, state, months, valueOf), 5);
        const colours = geo.cuts.spread(data.live.colours, found.length + 1);
        const shades = geo.cuts.labels(found, said).map((label, i) => ({ label, fill: colours[i], pattern: "none", mark: "" }));
        measure.shades = [{ ...data.live.none }, ...shades, { ...data.live.unknown }];
        data.wards.forEach((ward, i) => {
          ward.classes[at] = geo.cuts.classOf(values[i], found);
          ward.texts[at] = Number.isFinite(values[i]) ? said(values[i]) : "–";
          ward.spoken[at] = Number.isFinite(values[i]) ? said(values[i]) : "not known";
        });
      });
    }

    return { update };
  }

  geo.live = live;
  geo.live.rate = rate;
  geo.live.said = said;
})((globalThis.geo = globalThis.geo || {}));
