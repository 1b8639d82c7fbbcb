// Long lists and tables show their first items and a button for the rest; paper says how many there are.
(function (geo) {
  "use strict";

  // items() gives the elements in their present order; name is what they are called, such as "rows"; the button comes
  // after the element `before`. Returns what to call when the order has changed.
  function folding(items, first, name, before) {
    const { el } = geo.dom;
    const count = items().length;
    if (count <= first + 2) return () => {}; // a button for one or two would cost as much room
    const button = el("button", { type: "button", class: "all", "aria-expanded": "false" });
    const paper = el("p", { class: "paper", "aria-hidden": "true" }, first + " of " + geo.format.number(count) + " " + name + "; the page on screen has them all.");

    function show() {
      const open = button.getAttribute("aria-expanded") === "true";
      items().forEach((item, i) => item.classList.toggle("folded", !open && i >= first));
      button.textContent = open ? "Show the first " + first : "Show all " + geo.format.number(count) + " " + name;
      paper.hidden = open;
    }

    button.addEventListener("click", () => {
      button.setAttribute("aria-expanded", String(button.getAttribute("aria-expanded") === "false"));
      show();
    });
    before.after(button, paper);
    show();
    return show;
  }

  geo.folding = folding;
})((globalThis.geo = globalThis.geo || {}));
