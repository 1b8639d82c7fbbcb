// The stops of one team: ticks that live only as long as the page, and on a phone one stop at a time.
(function (geo) {
  "use strict";

  const SWIPE = 60; // pixels

  // section: a team's; ids: of its stops; ticked(id, done) is called with a tick. Returns show(i, how).
  function stopCards(section, team, ids, selection, ticked) {
    const { el, say } = geo.dom;
    const cards = [...section.querySelectorAll(".stop")];
    const tally = el("p", { class: "tally" });
    const place = el("span", { class: "turn-place" });
    const turns = {
      back: el("button", { type: "button", class: "turn-button", on: { click: () => turn(-1) } }, "Previous"),
      on: el("button", { type: "button", class: "turn-button", on: { click: () => turn(1) } }, "Next"),
    };
    const bar = el("div", { class: "turn", role: "group", "aria-label": "Stop by stop" }, turns.back, place, turns.on);
    let now = 0;
    let start = null;

    function boxOf(i) {
      const box = el("input", { type: "checkbox", autocomplete: "off" });
      box.checked = false; // a browser may bring back the tick of an earlier visit
      box.addEventListener("change", () => {
        cards[i].classList.toggle("ticked", box.checked);
        ticked(ids[i], box.checked);
        count();
      });
      return el("label", { class: "done" }, box, el("span", null, "Done", el("span", { class: "unseen" }, ": " + team.stops[i].name)));
    }

    function count() {
      tally.textContent = cards.filter((card) => card.classList.contains("ticked")).length + " of " + cards.length + " done";
    }

    function show(i) {
      now = i;
      cards.forEach((card, j) => card.classList.toggle("now", i === j));
      place.textContent = i + 1 + " of " + cards.length;
      turns.back.setAttribute("aria-disabled", String(i === 0));
      turns.on.setAttribute("aria-disabled", String(i === cards.length - 1));
    }

    const isSingle = () => bar.getClientRects().length > 0;

    function turn(step) {
      const next = now + step;
      if (next < 0 || next >= cards.length) return;
      selection.choose(ids[next], { from: "turn" });
      const { name, when } = team.stops[next];
      say("Stop " + (next + 1) + " of " + cards.length + ", " + name + ", " + when);
      if (cards[next].getBoundingClientRect().top < 0) cards[next].scrollIntoView({ block: "start" });
    }

    if (!cards.length) return { show: () => {}, cards };
    cards.forEach((card, i) => {
      const open = () => selection.choose(ids[i], { from: "card" });
      const go = el("button", { type: "button", class: "to-map", on: { click: open } }, "Show on the map", el("span", { class: "unseen" }, ": " + team.stops[i].name));
      card.append(el("div", { class: "acts" }, boxOf(i), team.stops[i].at ? go : null));
    });
    section.addEventListener("keydown", (event) => {
      const steps = { ArrowRight: 1, ArrowLeft: -1 };
      if (!isSingle() || !(event.key in steps)) return;
      event.preventDefault();
      turn(steps[event.key]);
    });
    section.addEventListener("touchstart", (event) => (start = event.touches.length === 1 ? event.touches[0] : null), { passive: true });
    section.addEventListener("touchend", (event) => {
      const end = event.changedTouches[0];
      if (!start || !isSingle()) return;
      const [x, y] = [end.clientX - start.clientX, end.clientY - start.clientY];
      if (Math.abs(x) > SWIPE && Math.abs(x) > 2 * Math.abs(y)) turn(x < 0 ? 1 : -1);
    });
    section.querySelector(".summary").after(tally);
    section.append(bar);
    section.classList.add("turning");
    count();
    show(0);
    return { show, cards };
  }

  geo.stopCards = stopCards;
})((globalThis.geo = globalThis.geo || {}));
