// The map and its key alone, for a wall: a button on the map, and Escape, bring the rest back.
(function (geo) {
  "use strict";

  function projector(stage, t) {
    const { el } = geo.dom;
    const root = document.documentElement;
    const button = el("button", { type: "button", class: "whole to-wall", "aria-pressed": "false" }, t("projector"));

    function turn(on) {
      root.classList.toggle("projector", on);
      button.setAttribute("aria-pressed", String(on));
      button.textContent = t(on ? "projector_end" : "projector");
    }

    const Control = L.Control.extend({ options: { position: "topright" }, onAdd: () => button });
    new Control().addTo(stage.map);
    L.DomEvent.disableClickPropagation(button);
    button.addEventListener("click", () => turn(!root.classList.contains("projector")));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && root.classList.contains("projector")) turn(false);
    });
  }

  geo.projector = projector;
})((globalThis.geo = globalThis.geo || {}));
