// Fills of shapes: a colour, alone or under lines, dots or a cross, so that a class is seen without its colour.
(function (geo) {
  "use strict";

  const SIZE = 9;

  function ink(pattern) {
    const { svg } = geo.dom;
    if (pattern === "lines") return svg("path", { class: "pattern-line", d: "M-2 2L2 -2M0 9L9 0M7 11L11 7" });
    if (pattern === "dots") return svg("circle", { class: "pattern-dot", cx: 4.5, cy: 4.5, r: 1.3 });
    return svg("path", { class: "pattern-thin", d: "M0 0L9 9M9 0L0 9" });
  }

  // Returns fill(shade): what the style `fill` of a shape is set to. Patterns are made once and shared.
  function patterns() {
    const { svg } = geo.dom;
    const shelf = svg("defs");
    const made = new Map();
    document.body.append(svg("svg", { class: "patterns", width: 0, height: 0, "aria-hidden": "true" }, shelf));

    return (shade) => {
      if (shade.pattern === "none") return shade.fill;
      const key = shade.fill + shade.pattern;
      if (!made.has(key)) {
        const id = "geo-pattern-" + made.size;
        const ground = svg("rect", { width: SIZE, height: SIZE, fill: shade.fill });
        shelf.append(svg("pattern", { id, width: SIZE, height: SIZE, patternUnits: "userSpaceOnUse" }, ground, ink(shade.pattern)));
        made.set(key, "url(#" + id + ")");
      }
      return made.get(key);
    };
  }

  geo.patterns = patterns;
})((globalThis.geo = globalThis.geo || {}));
