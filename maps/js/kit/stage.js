// The map itself: its layers from bottom to top, its buttons, its scale, and keeping the whole area in view.
(function (geo) {
  "use strict";

  const PANES = ["wards", "hotspots", "incidents", "borders", "rims", "outlines", "labels", "note-shapes", "places", "leaders", "badges"];

  function button(map, refit) {
    const Whole = L.Control.extend({
      options: { position: "bottomright" },
      onAdd() {
        const made = geo.dom.el("button", { type: "button", class: "whole" }, "Whole area");
        made.addEventListener("click", () => refit(true));
        L.DomEvent.disableClickPropagation(made);
        return made;
      },
    });
    new Whole().addTo(map);
  }

  // Boxes that scroll because their text is long can be reached with the keyboard; others are no tab stop.
  function scrollers() {
    const boxes = [...document.querySelectorAll(".band, .key, .attribution, .headline, .findings .subject")];
    new ResizeObserver(() => {
      for (const box of boxes) {
        const scrolls = box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY);
        if (scrolls) box.setAttribute("tabindex", "0");
        else box.removeAttribute("tabindex");
      }
    }).observe(document.documentElement);
  }

  function stage(map, bounds) {
    const container = map.getContainer();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let fitted = null; // the view of the whole area; elsewhere the reader has gone, and a change of size leaves them there

    container.setAttribute("role", "region");
    container.setAttribute("aria-label", "Map. Arrow keys move it, plus and minus zoom.");
    container.setAttribute("aria-describedby", "geo-headline");
    if (still) {
      map._zoomAnimated = false;
      map.options.inertia = false;
    }
    PANES.forEach((name, i) => {
      map.createPane(name).style.zIndex = 400 + 10 * i;
    });
    for (const name of ["incidents", "borders", "rims", "outlines", "labels", "leaders"]) map.getPane(name).style.pointerEvents = "none";

    function refit(animate) {
      if (map._animatingZoom) map._onZoomTransitionEnd(); // else it would end later and undo the fit
      const snap = map.options.zoomSnap;
      map.options.zoomSnap = 0; // as large as it fits; steps only when the reader zooms
      fitted = map._getBoundsCenterZoom(bounds, { padding: [16, 16] });
      map.setView(fitted.center, fitted.zoom, { animate: Boolean(animate) && !still });
      map.options.zoomSnap = snap;
    }

    function isMoved() {
      const zoom = map.getZoom();
      const away = map.project(map.getCenter(), zoom).distanceTo(map.project(fitted.center, zoom));
      return away > 2 || Math.abs(zoom - fitted.zoom) > 0.01;
    }

    L.control.zoom({ position: "topleft", zoomInTitle: "Zoom in", zoomOutTitle: "Zoom out" }).addTo(map);
    button(map, refit);
    L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 120 }).addTo(map);

    // its own link leads nowhere
    map.on("popupopen", ({ popup }) => popup._closeButton && popup._closeButton.setAttribute("href", "#" + container.id));

    scrollers();
    refit();
    new ResizeObserver(() => {
      const moved = isMoved(); // asked before the map learns its new size, which shifts its middle
      const middle = map.getCenter();
      map.invalidateSize({ animate: false, pan: false });
      if (!moved) refit();
      else if (!map._animatingZoom) map.setView(middle, map.getZoom(), { animate: false });
    }).observe(container);
    // a browser scrolls what is focused into view, which would shift the layers against each other
    container.addEventListener("scroll", () => container.scrollTo(0, 0));

    // Where the table lies far below the map: the map with what stands above it, such as the card.
    function show() {
      const box = container.getBoundingClientRect();
      if (box.top < 0 || box.top > innerHeight - 100) container.closest(".stage").scrollIntoView({ block: "start" });
    }

    return { map, still, refit, show, isMoved };
  }

  geo.stage = stage;
})((globalThis.geo = globalThis.geo || {}));
