// The priority list beside the map: a button outlines the wards of a finding; the first few stand, the rest on request.
(function (geo) {
  "use strict";

  const FIRST = 5;

  function findings(wards, selection) {
    const list = geo.dom.byId("findings");
    if (!list) return;
    const items = [...list.children];
    const buttons = [...list.querySelectorAll("button.show")];
    const codes = (button) => button.dataset.wards.split(";");

    function press(button) {
      const on = button.getAttribute("aria-pressed") === "false";
      for (const other of buttons) other.setAttribute("aria-pressed", String(on && other === button));
      items.forEach((item) => item.classList.toggle("chosen", on && item.contains(button)));
      selection.choose(null);
      wards.mark("named", on ? codes(button) : []);
      if (!on) return;
      wards.show(codes(button));
      geo.dom.say("Outlined on the map: " + wards.drawn.filter(({ record }) => codes(button).includes(record.code)).map(({ record }) => record.name).join(", ") + ".");
    }

    buttons.forEach((button) => {
      button.addEventListener("click", () => press(button));
      const item = button.closest("li");
      item.addEventListener("mouseenter", () => wards.mark("pointed", codes(button)));
      item.addEventListener("mouseleave", () => wards.mark("pointed", []));
    });
    geo.folding(() => items, FIRST, "priorities", list);
  }

  geo.findings = findings;
})((globalThis.geo = globalThis.geo || {}));
