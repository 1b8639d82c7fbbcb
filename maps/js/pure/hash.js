// What is shown, as the part of a link after #: numbers and codes only, never words that somebody typed. No DOM.
(function (geo) {
  "use strict";

  const LONGEST = 2000;
  const LISTS = { t: "crime_type", a: "asb_type", s: "source" };

  function format(view) {
    const parts = ["v=1", "z=" + Number(view.zoom.toFixed(2)), "c=" + view.centre.map((value) => value.toFixed(5)).join(",")];
    const add = (key, value) => parts.push(key + "=" + value);
    const codes = (list) => (list.length ? list.join(".") : "-");
    if (view.months) add("m", view.months.join(".."));
    if (view.hours) add("h", view.hours.map((hour) => String(hour).padStart(2, "0")).join("-"));
    if (view.days) add("d", codes(view.days));
    if (view.untimed) add("u", 1);
    for (const [key, name] of Object.entries(LISTS)) if (view[name]) add(key, codes(view[name]));
    if (view.layers) add("l", view.layers.join(",") || "-");
    if (view.measure) add("b", encodeURIComponent(view.measure));
    if (view.table) add("k", view.table);
    if (view.dense) add("g", 1);
    if (view.ward) add("w", encodeURIComponent(view.ward));
    if (view.rank) add("r", view.rank);
    return parts.join("&");
  }

  function integers(text, most) {
    if (text === "-") return [];
    if (!/^\d{1,5}(\.\d{1,5})*$/.test(text)) return undefined;
    const found = [...new Set(text.split(".").map(Number))].sort((a, b) => a - b);
    return found.every((code) => code < most) ? found : undefined;
  }

  function decoded(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return undefined;
    }
  }

  // Each key: how its text is read; undefined when it is not exactly what we would have written.
  function readers(allowed) {
    const oneOf = (list) => (text) => (list.includes(decoded(text)) ? decoded(text) : undefined);
    return {
      z: ["zoom", (text) => (/^\d{1,2}(\.\d{1,2})?$/.test(text) && text >= 5 && text <= 18 ? Number(text) : undefined)],
      c: ["centre", (text) => {
        if (!/^-?\d{1,2}\.\d{1,5},-?\d{1,3}\.\d{1,5}$/.test(text)) return undefined;
        const [lat, lon] = text.split(",").map(Number);
        const [[south, west], [north, east]] = allowed.bounds;
        const [high, wide] = [north - south + 0.01, east - west + 0.01]; // an area's length beyond its edge, no farther
        const near = lat >= south - high && lat <= north + high && lon >= west - wide && lon <= east + wide;
        return near ? [lat, lon] : undefined;
      }],
      m: ["months", (text) => {
        const found = text.split("..").map((month) => allowed.months.indexOf(month));
        return found.length === 2 && found[0] >= 0 && found[0] <= found[1] ? text.split("..") : undefined;
      }],
      h: ["hours", (text) => (allowed.hours && /^([01]\d|2[0-3])-([01]\d|2[0-3])$/.test(text) ? text.split("-").map(Number) : undefined)],
      d: ["days", (text) => (allowed.days ? integers(text, 7) : undefined)],
      u: ["untimed", (text) => (text === "1" ? true : undefined)],
      ...Object.fromEntries(Object.entries(LISTS).map(([key, name]) => [key, [name, (text) => integers(text, allowed.sizes[name] || 0)]])),
      l: ["layers", (text) => {
        const found = text === "-" ? [] : text.split(",");
        return found.every((name) => allowed.layers.includes(name)) ? [...new Set(found)] : undefined;
      }],
      b: ["measure", oneOf(allowed.measures)],
      k: ["table", oneOf(allowed.tables)],
      g: ["dense", (text) => (text === "1" ? true : undefined)],
      w: ["ward", oneOf(allowed.wards)],
      r: ["rank", (text) => (/^[1-9]\d{0,4}$/.test(text) && allowed.ranks.includes(Number(text)) ? Number(text) : undefined)],
    };
  }

  // What a hash says, as far as it is one of ours: unknown keys, values out of range and repeated keys are passed over.
  function parse(text, allowed) {
    const hash = text.replace(/^#/, "");
    const pairs = hash.length > LONGEST ? [] : hash.split("&").map((pair) => pair.split("="));
    if (!pairs.length || pairs[0].join("=") !== "v=1") return null;
    const known = readers(allowed);
    const view = {};
    for (const [key, value, more] of pairs.slice(1)) {
      if (!Object.hasOwn(known, key) || value === undefined || more !== undefined) continue;
      const [name, read] = known[key];
      const found = read(value);
      if (found !== undefined && !Object.hasOwn(view, name)) view[name] = found;
    }
    return view;
  }

  geo.hash = { format, parse };
})((globalThis.geo = globalThis.geo || {}));
