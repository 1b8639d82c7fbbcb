// The select that shades the wards, and the key that says what each shade stands for.
(function (geo) {
  "use strict";

  function swatch(shade, fill, size) {
    const { svg } = geo.dom;
    const box = svg("rect", { x: 0.5, y: 0.5, width: size.width - 1, height: size.height - 1, class: "swatch-box" });
    box.style.fill = fill(shade);
    return svg("svg", { ...size, viewBox: "0 0 " + size.width + " " + size.height, "aria-hidden": "true" }, box);
  }

  function list(measure, used, fill) {
    const { el } = geo.dom;
    const items = measure.shades.map((shade, i) =>
      used.has(i) ? el("li", null, swatch(shade, fill, { width: 26, height: 18 }), shade.mark ? el("b", null, shade.mark) : null, el("span", null, shade.label)) : null);
    return el("ul", { class: "shade-list" }, ...items);
  }

  // Three by three: reports upwards, engagement to the right; each cell with its code.
  function square(measure, fill) {
    const { svg, el } = geo.dom;
    const { grid } = measure;
    const cells = measure.shades.slice(0, 9).flatMap((shade, i) => {
      const x = (i % 3) * 34;
      const y = (2 - Math.floor(i / 3)) * 26;
      const box = svg("rect", { x: x + 0.5, y: y + 0.5, width: 33, height: 25, class: "swatch-box" });
      box.style.fill = fill(shade);
      return [box, svg("text", { x: x + 17, y: y + 17, class: i >= 7 ? "code light" : "code" }, shade.label + (shade.mark || ""))];
    });
    const picture = svg("svg", { width: 102, height: 78, viewBox: "0 0 102 78", role: "img", "aria-label": say(grid) }, ...cells);
    return el(
      "div", { class: "square" },
      el("span", { class: "square-side" }, el("span", null, grid.high_row), el("b", null, grid.rows), el("span", null, grid.low_row)),
      picture,
      el("span", { class: "square-foot" }, el("span", null, grid.low_column), el("b", null, grid.columns), el("span", null, grid.high_column)),
    );
  }

  function say(grid) {
    return grid.rows + " from 1, " + grid.low_row + ", to 3, " + grid.high_row + "; " + grid.columns.toLowerCase() + " from A, " + grid.low_column + ", to C, " + grid.high_column;
  }

  // wards: a choropleth; changed() is called after the labels have new texts.
  function measures(data, wards, changed) {
    const { el, byId } = geo.dom;
    const fill = geo.patterns();
    const select = byId("measure");
    select.append(...data.measures.map((measure, i) => el("option", { value: String(i) }, measure.title)));
    select.closest(".shade-by").hidden = !data.measures.length;

    function show() {
      const at = Number(select.value);
      const measure = data.measures[at];
      if (!measure) return changed();
      const used = new Set(data.wards.map((ward) => ward.classes[at]));
      const shade = (ward) => measure.shades[ward.classes[at]];
      wards.paint((ward) => fill(shade(ward)), (ward) => measure.title + ": " + ward.spoken[at]);
      const grid = measure.grid ? square(measure, fill) : null;
      const rest = measure.grid ? { ...measure, shades: measure.shades.map((one, i) => (i < 9 ? null : one)) } : measure;
      const shown = measure.grid ? new Set([...used].filter((i) => i > 8)) : used;
      byId("key").replaceChildren(...[el("p", { class: "key-note" }, measure.note), grid, shown.size ? list(rest, shown, fill) : null].filter(Boolean));
      changed();
    }

    select.addEventListener("change", () => {
      show();
      geo.dom.say("The wards are shaded by " + select.selectedOptions[0].textContent.toLowerCase() + ".");
    });
    return { show, text: (ward) => ward.texts[Number(select.value)] || "" };
  }

  geo.measures = measures;
})((globalThis.geo = globalThis.geo || {}));
