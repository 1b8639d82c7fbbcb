// The three feelings as shapes: a circle for safe, a triangle for unsafe, a square for an idea, with a number inside.
(function (geo) {
  "use strict";

  const TEXT_AT = { safe: 22, unsafe: 28, idea: 22 };

  function shape(feeling, name) {
    const { svg } = geo.dom;
    if (feeling === "safe") return svg("circle", { class: name, cx: 22, cy: 22, r: 17 });
    if (feeling === "unsafe") return svg("path", { class: name, d: "M22 3L42 39H2Z" });
    return svg("rect", { class: name, x: 5, y: 5, width: 34, height: 34, rx: 3 });
  }

  // text: a number or nothing; pale: of an earlier workshop.
  function icon(feeling, text, pale) {
    const { svg } = geo.dom;
    const size = (feeling === "unsafe" ? 44 : 38) * (pale ? 0.62 : 1); // a triangle holds less
    const number = text ? svg("text", { x: 22, y: TEXT_AT[feeling], class: text.length > 2 ? "long" : null }, text) : null;
    const attributes = { class: "feeling " + feeling + (pale ? " pale" : ""), viewBox: "0 0 44 44", width: size, height: size, "aria-hidden": "true" };
    return svg("svg", attributes, shape(feeling, "halo"), shape(feeling, "body"), number);
  }

  geo.feelings = { icon, all: ["safe", "unsafe", "idea"] };
})((globalThis.geo = globalThis.geo || {}));
