// Notes out of the page and into it: a file of GeoJSON, the printer, and clearing them from this computer.
(function (geo) {
  "use strict";

  const NAME = "workshop-notes.geojson";
  const REASONS = { large: "file_large", json: "file_not_json", notes: "file_not_notes", many: "file_many" };
  const LEFT = ["geometry", "position", "outside", "open", "short", "feeling", "twice"];

  function download(text) {
    const url = URL.createObjectURL(new Blob([text], { type: "application/geo+json" }));
    geo.dom.el("a", { href: url, download: NAME }).click();
    setTimeout(() => URL.revokeObjectURL(url), 60000); // some browsers begin late
  }

  function noteTransfer(t, data, book, now, message) {
    const { byId } = geo.dom;
    let unsaved = false; // notes that are in no file and that the browser does not keep

    book.on(() => (unsaved = !book.isKept() && book.all().length > 0));
    window.addEventListener("beforeunload", (event) => unsaved && event.preventDefault());
    window.addEventListener("storage", (event) => event.key === book.key && book.again());

    // What was left out, by reason: nothing is dropped in silence.
    function leftOut(left) {
      const reasons = LEFT.filter((reason) => left[reason]);
      const total = reasons.reduce((sum, reason) => sum + left[reason], 0);
      return total ? [t("left", { n: total }), ...reasons.map((reason) => t("left_" + reason, { n: left[reason] }))] : [];
    }

    function refuse(problem) {
      const words = problem instanceof geo.noteFile.Refused ? REASONS[problem.code] : "file_unread";
      message(t(words, { n: geo.noteFile.MOST_NOTES }));
    }

    function take({ notes, left, removed }, how) {
      try {
        const gone = how === "merge" ? [...book.removed(), ...(removed || [])] : removed || [];
        const merged = how === "merge" ? geo.noteFile.merge(book.all(), notes, gone) : { notes, added: notes.length, known: 0 };
        book.set(merged.notes, gone);
        const known = merged.known ? [t("known", { n: merged.known })] : [];
        message([t("loaded", { n: merged.added }), ...known, ...leftOut(left)].join(" "));
      } catch (problem) {
        refuse(problem);
      }
    }

    async function load(file) {
      try {
        geo.noteFile.checkSize(file.size);
        const found = geo.noteFile.read(await file.text(), { limits: data.bbox, map: data.map, now: now(), newId: geo.noteFile.newId });
        const others = [...new Set(found.notes.map((note) => note.session).filter((name) => name && name !== book.session()))];
        if (!found.notes.length) message([t("file_none"), ...leftOut(found.left)].join(" "));
        else if (!book.all().length) take(found, "replace");
        else {
          const answers = [["merge", t("load_merge")], ["replace", t("load_replace")], ["", t("cancel")]];
          const text = others.length ? [t("load_other", { name: others.join(", ") }), t("load_text")].join(" ") : t("load_text");
          geo.ask(t("load_title"), text, answers, (how) => take(found, how));
        }
      } catch (problem) {
        refuse(problem);
      }
    }

    function clear() {
      geo.ask(t("clear_title"), t("clear_text"), [["yes", t("yes_clear")], ["", t("cancel")]], () => {
        book.set([], []);
        byId("your-notes").focus();
        message(t("cleared"));
      });
    }

    function save() {
      download(geo.noteFile.write(book.all(), book.removed()));
      unsaved = false;
      message(t("exported", { file: NAME }));
    }

    // The next workshop begins with no notes; those of this one go into a file first.
    function next() {
      const begin = () => {
        if (book.all().length) save();
        book.rename("");
        book.set([], []);
        byId("session").value = "";
        byId("session").placeholder = book.session();
        byId("session").focus();
      };
      if (!book.all().length) return begin();
      geo.ask(t("next_title"), t("next_text", { name: book.session() }), [["yes", t("next_yes")], ["", t("cancel")]], begin);
    }

    const showSession = () => {
      byId("session").value = book.all().length || byId("session").value ? book.session() : "";
      byId("session").placeholder = book.session();
    };
    byId("session").addEventListener("change", (event) => {
      book.rename(event.target.value);
      showSession();
    });
    byId("next").addEventListener("click", next);
    showSession();
    book.on(showSession);
    byId("export").addEventListener("click", save);
    byId("load").addEventListener("click", () => byId("file").click());
    byId("file").addEventListener("change", async (event) => {
      const [file] = event.target.files;
      if (file) await load(file);
      event.target.value = ""; // the same file may be chosen again
    });
    byId("print").addEventListener("click", () => window.print());
    byId("clear").addEventListener("click", clear);
  }

  geo.noteTransfer = noteTransfer;
})((globalThis.geo = globalThis.geo || {}));
