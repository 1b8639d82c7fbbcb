// A row of buttons or boxes as one tab stop: left and right go along it, as in any toolbar.
(function (geo) {
  "use strict";

  const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

  function toolbar(holder, label, elements) {
    const items = () => elements.filter((element) => !element.closest("[hidden]") && !element.disabled);

    function hold(held) {
      for (const element of elements) element.setAttribute("tabindex", element === held ? "0" : "-1");
    }

    function go(element) {
      hold(element);
      element.focus();
    }

    holder.setAttribute("role", "toolbar");
    holder.setAttribute("aria-label", label);
    holder.addEventListener("keydown", (event) => {
      const all = items();
      const at = all.indexOf(event.target);
      if (at < 0) return;
      if (event.key in STEPS) go(all[(at + STEPS[event.key] + all.length) % all.length]);
      else if (event.key === "Home") go(all[0]);
      else if (event.key === "End") go(all.at(-1));
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    holder.addEventListener("focusin", (event) => elements.includes(event.target) && hold(event.target));
    if (items().length) hold(items()[0]);
  }

  geo.toolbar = toolbar;
})((globalThis.geo = globalThis.geo || {}));
