// Reports month by month as bars: with their ends and their highest on a card, small in a row of a table.
(function (geo) {
  "use strict";

  const HIGH = 40; // units of the tallest bar

  function height(count, most) {
    return count ? Math.max(1.5, (HIGH * count) / most) : 0;
  }

  // `counts`, one for each of `months`.
  function bars(counts, months) {
    const { el, svg } = geo.dom;
    const { month, number } = geo.format;
    const most = Math.max(...counts);
    const made = counts.map((count, i) => {
      const high = height(count, most);
      return svg("rect", { class: "month-bar", x: i + 0.1, width: 0.8, y: HIGH - high, height: high });
    });
    const said = "Reports by month: " + counts.map((count, i) => month(months[i]) + " " + count).join(", ");
    const options = { class: "months", viewBox: `0 0 ${counts.length} ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": said };
    return el(
      "div", { class: "by-month" }, svg("svg", options, ...made),
      el("p", null, el("span", null, month(months[0])), el("span", null, "most in a month: " + number(most)), el("span", null, month(months.at(-1)))),
    );
  }

  // One shape for all bars, and in words only where they are highest: the card has every month.
  function small(counts, months) {
    const { svg } = geo.dom;
    const most = Math.max(...counts);
    const d = counts.map((count, i) => (count ? `M${i + 0.1} ${HIGH}V${(HIGH - height(count, most)).toFixed(1)}h.8V${HIGH}z` : "")).join("");
    const said = "Reports by month, most in " + geo.format.month(months[counts.indexOf(most)]) + ": " + geo.format.number(most);
    const options = { class: "months small", viewBox: `0 0 ${counts.length} ${HIGH}`, preserveAspectRatio: "none", role: "img", "aria-label": said };
    return svg("svg", options, svg("path", { class: "month-bar", d }));
  }

  geo.months = { bars, small };
})((globalThis.geo = globalThis.geo || {}));
