// On paper: the whole area on a map as wide as the sheet, drawn sharp, and back again afterwards.
(function (geo) {
  "use strict";

  function print(stage, redraw) {
    const { map } = stage;
    const root = document.documentElement;
    let before = null;

    function begin() {
      if (before) return;
      before = { centre: map.getCenter(), zoom: map.getZoom(), moved: stage.isMoved() };
      root.classList.add("printing"); // gives the map its size on paper already now: it is measured on screen
      map.invalidateSize({ animate: false, pan: false });
      stage.refit();
      redraw(2);
    }

    function end() {
      if (!before) return;
      root.classList.remove("printing");
      map.invalidateSize({ animate: false, pan: false });
      if (before.moved) {
        map.setView(before.centre, before.zoom, { animate: false });
      } else stage.refit();
      before = null;
      redraw(null);
    }

    window.addEventListener("beforeprint", begin);
    window.addEventListener("afterprint", end);
    matchMedia("print").addEventListener("change", (event) => (event.matches ? begin() : end()));
  }

  geo.print = print;
})((globalThis.geo = globalThis.geo || {}));
