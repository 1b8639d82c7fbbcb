// Adding or changing a note, in three steps: what, where, and what it is about.
(function (geo) {
  "use strict";

  const STEPS = ["choose", "draw", "say"];

  function feelings(t) {
    const { el, byId } = geo.dom;
    byId("feelings").append(...geo.feelings.all.map((feeling) =>
      el("label", { class: "option" }, el("input", { type: "radio", name: "feeling", value: feeling }), geo.feelings.icon(feeling, ""), el("span", null, t(feeling)))));
    return [...byId("feelings").querySelectorAll("input")];
  }

  // What a note may say besides: boxes for when, and for whom it matters.
  function boxes(t, name, values) {
    const { el, byId } = geo.dom;
    byId(name).append(...values.map((value) => el("label", { class: "option" }, el("input", { type: "checkbox", value }), el("span", null, t(name + "_" + value)))));
    return [...byId(name).querySelectorAll("input")];
  }

  function noteForm(stage, t, data, book) {
    const { byId } = geo.dom;
    const radios = feelings(t);
    const besides = { when: boxes(t, "when", geo.noteFile.WHEN), who: boxes(t, "who", geo.noteFile.WHO) };
    const text = byId("note");
    const draft = { kind: "point", geometry: null, id: null };
    let step = "choose";

    const drawing = geo.drawing(stage, t, data, {
      tell: count,
      done(geometry) {
        draft.geometry = geometry;
        go("say");
      },
      stop: () => (draft.geometry ? go("say") : go("choose")),
      refuse: (why) => message(t(why === "short" ? "draw_" + draft.kind + "_help" : why)),
    });

    function message(words) {
      byId("message").textContent = words;
    }

    function count(sketch) {
      message("");
      byId("draw-count").textContent = sketch.corners.length ? t("corners", { n: sketch.corners.length }) : "";
      byId("undo").disabled = !sketch.corners.length;
      byId("finish").disabled = geo.sketch.fault(sketch) === "short";
    }

    // focus: where the reader goes on; on the map itself when they draw
    function go(next) {
      step = next;
      for (const name of STEPS) byId("step-" + name).hidden = name !== next;
      message("");
      if (next === "say") {
        byId("say-title").textContent = draft.id ? t("change_title", { number: book.number(draft.id) }) : t("say_title");
        byId("say-title").focus();
        left();
      } else if (next === "choose") byId("add-title").focus();
    }

    function draw(kind) {
      draft.kind = kind;
      go("draw");
      byId("draw-title").textContent = t("draw_" + kind + "_title");
      byId("draw-help").textContent = t("draw_" + kind + "_help");
      for (const name of ["undo", "finish"]) byId(name).hidden = kind === "point";
      count(geo.sketch.start(kind));
      drawing.begin(kind);
    }

    function clear() {
      Object.assign(draft, { geometry: null, id: null });
      for (const box of [...radios, ...besides.when, ...besides.who]) box.checked = false;
      text.value = "";
      byId("say-trouble").textContent = "";
      drawing.clear();
    }

    function left() {
      byId("left").textContent = t("characters", { n: geo.noteFile.MOST_CHARACTERS - text.value.length });
    }

    function begin(kind) {
      if (book.isFull()) return message(t("full", { n: geo.noteFile.MOST_NOTES }));
      clear();
      draw(kind);
    }

    function save(event) {
      event.preventDefault();
      const chosen = radios.find((radio) => radio.checked);
      byId("say-trouble").textContent = chosen ? "" : t("feeling_missing");
      if (!chosen) return radios[0].focus();
      const known = draft.id && book.number(draft.id);
      const { kind, geometry } = draft;
      const id = draft.id;
      const more = Object.fromEntries(Object.entries(besides).map(([name, list]) => [name, list.filter((box) => box.checked).map((box) => box.value).join(";") || undefined]));
      if (known) book.change(id, { kind, geometry, feeling: chosen.value, note: text.value, ...more });
      const made = known ? id : book.add(geometry, kind, chosen.value, text.value, more);
      clear();
      go("choose");
      message(t(known ? "changed_note" : "saved_note", { number: book.number(made) }));
    }

    function edit(id) {
      if (step !== "choose") {
        byId(step === "say" ? "say-title" : "draw-title").focus();
        return message(t("busy"));
      }
      const note = book.all().find((one) => one.id === id);
      clear();
      Object.assign(draft, { kind: note.kind, geometry: note.geometry, id });
      for (const radio of radios) radio.checked = radio.value === note.feeling;
      for (const [name, list] of Object.entries(besides)) {
        for (const box of list) box.checked = (note[name] || "").split(";").includes(box.value);
      }
      text.value = note.note;
      go("say");
    }

    for (const button of document.querySelectorAll(".choice")) button.addEventListener("click", () => begin(button.dataset.kind));
    byId("add-here").addEventListener("click", drawing.addHere);
    byId("undo").addEventListener("click", drawing.undo);
    byId("finish").addEventListener("click", drawing.finish);
    byId("cancel-draw").addEventListener("click", drawing.cancel);
    byId("redraw").addEventListener("click", () => draw(draft.kind));
    byId("cancel-say").addEventListener("click", () => {
      clear();
      go("choose");
    });
    text.addEventListener("input", left);
    byId("step-say").addEventListener("submit", save);
    return { edit, message, isDrawing: drawing.isOn };
  }

  geo.noteForm = noteForm;
})((globalThis.geo = globalThis.geo || {}));
