// One tab stop for a whole layer of shapes: arrow keys go from shape to shape, Enter or Space opens, Escape closes.
(function (geo) {
  "use strict";

  // items: [{element, outline, label, point()}], where the outline, a layer over all others, shows where the focus is;
  // open(i) and close(i) are called with the item's index. An item with shown(), where that is false, is passed over;
  // call settle() when that changes.
  function roving(items, { reveal, open, close }) {
    function hold(index) {
      items.forEach((item, i) => item.element.setAttribute("tabindex", i === index ? "0" : "-1"));
    }

    function reachable() {
      return [...items.keys()].filter((i) => !items[i].shown || items[i].shown());
    }

    // The tab stop leads to something that is shown.
    function settle() {
      const there = reachable();
      const held = items.findIndex((item) => item.element.getAttribute("tabindex") === "0");
      hold(there.includes(held) ? held : there.length ? there[0] : -1);
    }

    function go(index) {
      hold(index);
      items[index].element.focus({ preventScroll: true });
    }

    function press(event, index) {
      const { key } = event;
      if (key === "Enter" || key === " ") open(index);
      else if (key === "Escape") close(index);
      else if (key === "Home") go(reachable()[0]);
      else if (key === "End") go(reachable().at(-1));
      else if (geo.layout.isArrow(key)) {
        const there = reachable();
        go(there[geo.layout.next(there.map((i) => items[i].point()), there.indexOf(index), key)]);
      }
      else return;
      event.preventDefault();
      event.stopPropagation(); // done: neither the map nor the page shall act on it again
    }

    function wire(item, index) {
      const { element } = item;
      element.setAttribute("role", "button");
      element.setAttribute("aria-label", item.label);
      element.addEventListener("keydown", (event) => press(event, index));
      element.addEventListener("keypress", (event) => event.stopPropagation());
      element.addEventListener("blur", () => item.outline.getElement().classList.remove("focused"));
      element.addEventListener("focus", () => {
        hold(index);
        item.outline.bringToFront().getElement().classList.toggle("focused", element.matches(":focus-visible"));
        reveal(index);
      });
    }

    // More of the same layer, drawn later.
    function add(more) {
      for (const item of more) wire(item, items.push(item) - 1);
      settle();
    }

    items.forEach(wire);
    if (items.length) hold(0);
    return { go, settle, add };
  }

  geo.roving = roving;
})((globalThis.geo = globalThis.geo || {}));
