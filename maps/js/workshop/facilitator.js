// The facilitator's view: notes are read out one by one, hidden, merged with those that say the same, and counted. All of
// them stay in the file of notes.
(function (geo) {
  "use strict";

  const KINDS = ["point", "line", "area"];

  // How many of each feeling are points, lines and areas.
  function tally(t, notes) {
    const { el } = geo.dom;
    const count = (feeling, kind) => notes.filter((note) => note.feeling === feeling && (!kind || note.kind === kind)).length;
    const row = (feeling) => el("tr", null, el("th", { scope: "row" }, t(feeling)), ...[...KINDS, null].map((kind) => el("td", { class: "number" }, t.number(count(feeling, kind)))));
    const heads = ["", ...KINDS.map((kind) => t("kind_" + kind)), t("together")].map((head) => (head ? el("th", { scope: "col" }, head) : el("td")));
    return [el("thead", null, el("tr", null, ...heads)), el("tbody", null, ...geo.feelings.all.map(row))];
  }

  function facilitator(t, data, book, { look }) {
    const { el, byId } = geo.dom;
    const root = document.documentElement;
    let current = null; // the id of the note that is read

    // Hidden ones stay in the row, so that they can be brought back; merged ones stand with the note they say the same as.
    const row = () => book.all().filter((note) => book.root(note) === note.id);
    const distance = (one, other) => {
      const [[ay, ax], [by, bx]] = [geo.whereabouts.middle(one.geometry), geo.whereabouts.middle(other.geometry)];
      return Math.hypot(ay - by, (ax - bx) * 0.6);
    };

    function others(note) {
      const near = book.shown().filter((one) => one.id !== note.id).sort((a, b) => distance(note, a) - distance(note, b));
      const name = (one) => t("note_name", { number: book.number(one.id) }) + ": " + Array.from(one.note || t("no_words")).slice(0, 40).join("");
      byId("same").replaceChildren(...near.map((one) => el("option", { value: one.id }, name(one))));
      for (const id of ["same", "merge"]) byId(id).disabled = !near.length || note.hidden === true;
    }

    function arrange() {
      if (byId("facilitate").hidden) return;
      const notes = row();
      byId("tally").replaceChildren(...tally(t, book.shown()));
      byId("take-back").disabled = !book.canUndo();
      if (!notes.length) return end();
      const at = Math.max(0, notes.findIndex((note) => note.id === current));
      const note = notes[at];
      current = note.id;
      const merged = book.all().filter((one) => one.id !== note.id && book.root(one) === note.id);
      const apart = (one) => el("li", null, ...geo.wholeNote(t, one, ""), el("button", { type: "button", class: "button small", on: { click: () => book.mark(one.id, { same_as: undefined }) } }, t("apart")));
      byId("turn").textContent = t("turn", { number: at + 1, total: notes.length }) + (note.hidden ? " " + t("is_hidden") : "");
      byId("read").replaceChildren(...geo.wholeNote(t, note, note.hidden ? "" : t.number(book.number(note.id))).filter(Boolean));
      byId("merged").replaceChildren(...merged.map(apart));
      byId("hide").textContent = t(note.hidden ? "unhide" : "hide");
      others(note);
      return note;
    }

    function turn(step) {
      const notes = row();
      const at = notes.findIndex((note) => note.id === current);
      current = notes[(at + step + notes.length) % notes.length].id;
      show();
    }

    function show() {
      const note = arrange();
      if (!note) return;
      look(note);
      geo.dom.say([byId("turn").textContent, t(note.feeling), note.note || t("no_words")].join(" "));
    }

    function open(on) {
      byId("facilitate").hidden = !on;
      root.classList.toggle("facilitating", on);
    }

    function end() {
      open(false);
      byId("facilitate-begin").focus();
    }

    function begin() {
      current = null;
      open(true);
      show();
      byId("facilitate-title").focus();
    }

    const hide = () => book.mark(current, { hidden: row().find((note) => note.id === current).hidden ? undefined : true });

    byId("facilitate-begin").addEventListener("click", begin);
    byId("facilitate-end").addEventListener("click", end);
    byId("before").addEventListener("click", () => turn(-1));
    byId("after").addEventListener("click", () => turn(1));
    byId("hide").addEventListener("click", hide);
    byId("merge").addEventListener("click", () => book.mark(byId("same").value, { same_as: current }));
    byId("take-back").addEventListener("click", () => book.undo());
    byId("facilitate").addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape") end();
      else if (step && event.target !== byId("same")) turn(root.dir === "rtl" ? -step : step);
      else return;
      event.preventDefault();
    });
    book.on(arrange);
  }

  geo.facilitator = facilitator;
})((globalThis.geo = globalThis.geo || {}));
