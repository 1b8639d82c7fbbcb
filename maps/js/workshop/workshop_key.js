// What the shades and the shapes mean, and the box that hides the notes of earlier workshops.
(function (geo) {
  "use strict";

  function band(t, shade, fill, minimum) {
    const { el, svg } = geo.dom;
    const box = svg("rect", { class: "key-shade", x: 1, y: 1, width: 32, height: 22 });
    box.style.fill = fill(shade);
    return el("li", null, svg("svg", { width: 34, height: 24, "aria-hidden": "true" }, box), geo.bandText(t, shade, minimum));
  }

  function group(id, title, items) {
    const { el } = geo.dom;
    return el("div", { class: "key-group" }, el("h2", { id }, title), el("ul", { "aria-labelledby": id }, ...items));
  }

  function workshopKey(stage, t, data, fill) {
    const { el, byId } = geo.dom;
    const bands = data.bands.map((shade) => band(t, shade, fill, data.minimum));
    const shapes = geo.feelings.all.map((feeling) => el("li", null, geo.feelings.icon(feeling, ""), t(feeling)));
    if (bands.length) byId("key").append(group("geo-key-reports", t("reports_title"), [...bands, el("li", null, t("none_note"))]));
    byId("key").append(group("geo-key-notes", t("notes_title"), shapes));
    if (!data.earlier.length) return;
    const box = el("input", { type: "checkbox", checked: true });
    box.addEventListener("change", () => {
      stage.map.getPane("earlier").style.display = box.checked ? "" : "none";
      stage.map.closePopup();
    });
    byId("key").append(el("label", { class: "layer" }, box, geo.feelings.icon("safe", "", true), el("span", null, t("earlier_key"))));
  }

  geo.workshopKey = workshopKey;
})((globalThis.geo = globalThis.geo || {}));
