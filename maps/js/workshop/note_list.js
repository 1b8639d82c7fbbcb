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
        "li", null, el("span", { class: "unseen" }, name + ". "), head(t, note, String(i + 1)),
        el("p", { class: note.note ? "said" : "said empty" }, note.note || t("no_words")),
        el("div", { class: "buttons" },
          button(t("show"), name, () => show(note.id)), button(t("change"), name, () => edit(note.id)), button(t("delete"), name, () => remove(note.id))),
      );
    }

    function arrange() {
      const notes = book.all();
      byId("list").replaceChildren(...notes.map(item));
      byId("none").hidden = notes.length > 0;
      byId("your-notes").textContent = notes.length ? t("notes_title") + " (" + t.number(notes.length) + ")" : t("notes_title");
      byId("kept").textContent = t(book.isKept() ? "kept" : "not_kept");
      byId("kept").classList.toggle("trouble", !book.isKept());
      for (const name of ["export", "clear"]) byId(name).disabled = !notes.length;
      byId("undo-change").hidden = !book.canUndo();
    }

    const earlier = byId("earlier");
    if (earlier) {
      earlier.append(...data.earlier.map((note, i) => el(
        "li", null, head(t, note, "", true), note.note ? el("p", { class: "said" }, note.note) : null,
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

  geo.noteList = noteList;
})((globalThis.geo = globalThis.geo || {}));
