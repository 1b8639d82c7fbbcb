// A tab a team: the sections stand one below the other without scripts.
(function (geo) {
  "use strict";

  // sections: the elements, in order; opened(i) is called after a team is shown. Returns open(i).
  function teams(place, sections, names, opened) {
    const { el } = geo.dom;
    const tabs = names.map((name, i) =>
      el("button", { type: "button", role: "tab", id: "geo-tab-" + i, "aria-controls": "geo-panel-" + i, on: { click: () => open(i) } }, name));

    function open(i) {
      tabs.forEach((tab, j) => {
        tab.setAttribute("aria-selected", String(i === j));
        tab.setAttribute("tabindex", i === j ? "0" : "-1");
        sections[j].hidden = i !== j;
      });
      opened(i);
    }

    function press(event) {
      const here = tabs.indexOf(event.target);
      const goes = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: tabs.length - 1 };
      if (here < 0 || !(event.key in goes)) return;
      const next = (goes[event.key] + tabs.length) % tabs.length;
      event.preventDefault();
      open(next);
      tabs[next].focus();
    }

    if (tabs.length > 1) {
      sections.forEach((section, i) => {
        section.id = "geo-panel-" + i;
        section.setAttribute("role", "tabpanel");
        section.setAttribute("aria-labelledby", "geo-tab-" + i);
      });
      place.prepend(el("div", { role: "tablist", class: "tabs", "aria-label": "Teams", on: { keydown: press } }, ...tabs));
    }
    return open;
  }

  geo.teams = teams;
})((globalThis.geo = globalThis.geo || {}));
