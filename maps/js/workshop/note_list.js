// The list of all notes, numbered as on the map, each with its buttons.
(function (geo) {
  "use strict";

  function button(words, about, press) {
    return geo.dom.el("button", { type: "button", class: "button small", "aria-label": words + ", " + about, on: { click: press } }, words);
  }

  function head(t, note, text, pale) {
    const { el } = geo.dom;
    const kind = note.kind ? t("kind_" + note.kind) : "";
    return el("div", { class: "note-head" }, geo.feelings.icon(note.feeling, text, pale), el("b", null, t(note.feeling)), kind ? el("span", { class: "note-kind" }, kind) : null);
  }

  // When it is so and whom it concerns, as a line; nothing where nobody said.
  function besides(t, note) {
    const said = (name) => (note[name] ? t(name + "_said", { list: note[name].split(";").map((one) => t(name + "_" + one)).join(", ") }) : "");
    const text = [said("when"), said("who")].filter(Boolean).join(" ");
    return text ? geo.dom.el("p", { class: "besides" }, text) : null;
  }

  // A note as it is read: its shape and number, its words, and what it says besides.
  function wholeNote(t, note, text, pale) {
    return [head(t, note, text, pale), geo.dom.el("p", { class: note.note ? "said" : "said empty", dir: "auto" }, note.note || t("no_words")), besides(t, note)];
  }

  function noteList(t, data, book, { show, showEarlier, edit, message }) {
    const { el, byId } = geo.dom;

    function remove(id) {
      const number = book.number(id);
      const answers = [["yes", t("yes_delete")], ["", t("cancel")]];
      geo.ask(t("delete_title", { number }), t("delete_text"), answers, () => {
        book.remove(id);
        byId("your-notes").focus();
        message(t("deleted", { number }));
      });
    }

    function item(note, i) {
      const name = t("note_name", { number: i + 1 });
      return el(
        "li", null, el("span", { class: "unseen" }, name + ". "), ...wholeNote(t, note, t.number(i + 1)),
        el("div", { class: "buttons" },
          button(t("show"), name, () => show(note.id)), button(t("change"), name, () => edit(note.id)), button(t("delete"), name, () => remove(note.id))),
      );
    }

    function arrange() {
      const notes = book.shown();
      const away = book.all().length - notes.length;
      byId("away").textContent = away ? t("away", { n: away }) : "";
      byId("list").replaceChildren(...notes.map(item));
      byId("none").hidden = notes.length > 0;
      byId("your-notes").textContent = notes.length ? t("notes_title") + " (" + t.number(notes.length) + ")" : t("notes_title");
      byId("kept").textContent = t(book.isKept() ? "kept" : "not_kept");
      byId("kept").classList.toggle("trouble", !book.isKept());
      for (const name of ["export", "clear", "facilitate-begin"]) byId(name).disabled = !book.all().length;
      byId("undo-change").hidden = !book.canUndo();
    }

    const earlier = byId("earlier");
    if (earlier) {
      earlier.append(...data.earlier.map((note, i) => el(
        "li", null, head(t, note, "", true), note.note ? el("p", { class: "said", dir: "auto" }, note.note) : null,
        el("div", { class: "buttons" }, button(t("show"), t("earlier_note") + " " + t.number(i + 1), () => showEarlier(note))),
      )));
    }
    byId("undo-change").addEventListener("click", () => {
      book.undo();
      byId("your-notes").focus();
      message(t("undone"));
    });
    arrange();
    book.on(arrange);
  }

  geo.wholeNote = wholeNote;
  geo.noteList = noteList;
})((globalThis.geo = globalThis.geo || {}));
