// The time line under the map: two sliders for the months, how many there are in each, and buttons that step and play.
(function (geo) {
  "use strict";

  const TICK = 1000; // milliseconds a month stands
  const HIGH = 24; // pixels

  function bars(months) {
    const { svg } = geo.dom;
    const made = months.map((_, i) => svg("rect", { class: "month-bar", x: i + 0.08, width: 0.84, y: HIGH, height: 0 }));
    const picture = svg("svg", { class: "months", viewBox: "0 0 " + months.length + " " + HIGH, preserveAspectRatio: "none", "aria-hidden": "true" }, ...made);
    return { made, picture };
  }

  // change({from, to}) is called when the reader moves the window.
  function player(months, still, change) {
    const { el, byId } = geo.dom;
    const holder = byId("player");
    holder.hidden = months.length < 2;
    const last = months.length - 1;
    let range = geo.timeline.whole(months.length);
    let timer = null;
    const { made, picture } = bars(months);
    byId("histogram").replaceChildren(picture);
    const sliders = { from: byId("month-from"), to: byId("month-to") };
    const play = byId("play");

    for (const [end, slider] of Object.entries(sliders)) {
      slider.max = String(Math.max(last, 0));
      slider.addEventListener("input", () => {
        pause();
        change(geo.timeline.moved(range, end, Number(slider.value)));
      });
    }

    function step(by) {
      const next = geo.timeline.stepped(range, by, months.length);
      if (next) change(next);
      return Boolean(next);
    }

    function pause() {
      clearInterval(timer);
      timer = null;
      play.textContent = "▶ Play";
      play.setAttribute("aria-pressed", "false");
    }

    function start() {
      // from the end it begins again
      if (!step(1)) change({ from: 0, to: range.to - range.from });
      play.textContent = "❚❚ Pause";
      play.setAttribute("aria-pressed", "true");
      timer = setInterval(() => step(1) || pause(), TICK);
    }

    play.addEventListener("click", () => (timer ? pause() : start()));
    play.hidden = still; // less motion asked for: the steps remain
    byId("step-back").addEventListener("click", () => (pause(), step(-1)));
    byId("step-on").addEventListener("click", () => (pause(), step(1)));
    byId("all-months").addEventListener("click", () => (pause(), change(geo.timeline.whole(months.length))));
    geo.toolbar(byId("player-buttons"), "Step through the months", ["step-back", "play", "step-on", "all-months"].map(byId));

    function show(state, byMonth) {
      if (!months.length) return;
      range = { from: state.from, to: state.to };
      for (const [end, slider] of Object.entries(sliders)) {
        const text = geo.format.month(months[range[end]]);
        slider.value = String(range[end]);
        slider.setAttribute("aria-valuetext", text);
        byId("month-" + end + "-text").textContent = text;
      }
      const most = Math.max(1, ...byMonth);
      made.forEach((bar, i) => {
        const height = (HIGH * byMonth[i]) / most;
        bar.setAttribute("y", HIGH - height);
        bar.setAttribute("height", height);
        bar.classList.toggle("inside", i >= range.from && i <= range.to);
      });
    }

    return { show, pause };
  }

  geo.player = player;
})((globalThis.geo = globalThis.geo || {}));
