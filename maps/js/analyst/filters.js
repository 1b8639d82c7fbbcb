// The form of the filters: boxes for types and sources, days and hours; what is on is said in one line.
(function (geo) {
  "use strict";

  const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  const LONGEST = 5000; // letters of a choice: a browser lays out every one, in a closed drawer too
  const TITLES = { crime_type: "Type of crime", asb_type: "Type of ASB", source: "Source" };

  function clock(hour) {
    return String(hour).padStart(2, "0") + ":00";
  }

  function listed(names) {
    return names.length > 3 ? names.length + " of them" : names.join(", ") || "none";
  }

  // The filters that are on, in words; an empty list when none is.
  function words(state, lists, months) {
    const said = [];
    if (months.length && !geo.timeline.isWhole(state, months.length)) said.push(geo.format.months(months[state.from], months[state.to]));
    for (const [name, title] of Object.entries(TITLES)) {
      if (state[name]) said.push(title + ": " + listed(state[name].map((code) => lists[name][code] || "not recorded")));
    }
    if (state.days) said.push(listed(state.days.map((day) => DAYS[day])));
    if (state.hours) said.push(clock(state.hours[0]) + " to " + clock(state.hours[1]));
    return said;
  }

  function boxes(title, names, change) {
    const { el } = geo.dom;
    const inputs = names.map((name, code) => el("input", { type: "checkbox", value: String(code), checked: true }));
    const labels = inputs.map((input, code) => el("label", { class: "choice-box" }, input, el("span", null, geo.format.short(names[code] || "not recorded", LONGEST))));
    const all = el("button", { type: "button", class: "plain", on: { click: () => press(inputs.some((input) => !input.checked)) } }, "All or none");
    const press = (on) => {
      for (const input of inputs) input.checked = on;
      change();
    };
    const field = el("fieldset", { class: "choices" }, el("legend", null, title), el("div", { class: "boxes" }, ...labels), names.length > 3 ? all : null);
    field.addEventListener("change", (event) => event.target.type === "checkbox" && change());
    return {
      field,
      read: () => (inputs.every((input) => input.checked) ? null : inputs.filter((input) => input.checked).map((input) => Number(input.value))),
      write: (chosen) => inputs.forEach((input, code) => (input.checked = !chosen || chosen.includes(code))),
    };
  }

  function hours(change) {
    const { el } = geo.dom;
    const selects = ["from", "to"].map((end) =>
      el("select", { id: "geo-hours-" + end, on: { change } }, ...Array.from({ length: 24 }, (_, hour) => el("option", { value: String(hour) }, clock(hour)))));
    const label = (end, i) => el("label", { class: "hour" }, el("span", null, end), selects[i]);
    const note = el("p", { class: "key-note" }, "Past midnight too: 22:00 to 03:00. The same hour twice is the whole day.");
    const field = el("fieldset", { class: "choices" }, el("legend", null, "Hours"), label("From", 0), label("to", 1), note);
    return {
      field,
      read() {
        const chosen = selects.map((select) => Number(select.value));
        return chosen[0] === chosen[1] ? null : chosen;
      },
      write: (chosen) => selects.forEach((select, i) => (select.value = String(chosen ? chosen[i] : 0))),
    };
  }

  // change(part) is called with what the form says; write(state) sets the form.
  function filters(data, columns, change) {
    const { el, byId } = geo.dom;
    const { lists } = data.incidents;
    const parts = {};
    const tell = () => change(Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.read()])));
    for (const [name, title] of Object.entries(TITLES)) {
      if (lists[name] && lists[name].length > 1) parts[name] = boxes(title, lists[name], tell);
    }
    if (columns.weekday) parts.days = boxes("Days of the week", DAYS, tell);
    if (columns.hour) parts.hours = hours(tell);
    const fields = Object.values(parts).map((part) => part.field);
    const untimed = geo.filter.untimed(columns);
    if (untimed) {
      const box = el("input", { type: "checkbox", on: { change: tell } });
      const what = columns.hour ? "no known hour" : "no known day";
      parts.untimed = { read: () => box.checked, write: (on) => (box.checked = Boolean(on)) };
      fields.push(el("label", { class: "choice-box wide" }, box, el("span", null, "Keep the " + geo.format.number(untimed) + " with " + what + " when hours or days are chosen")));
    }
    const clear = el("button", { type: "button", class: "all", on: { click: () => change(null) } }, "Clear all filters");
    byId("filter-form").replaceChildren(...fields, clear);

    function write(state) {
      for (const [name, part] of Object.entries(parts)) part.write(state[name]);
    }

    return { write, words: (state, months) => words(state, lists, months).join("; ") };
  }

  geo.filters = filters;
  geo.filters.words = words;
})((globalThis.geo = globalThis.geo || {}));
