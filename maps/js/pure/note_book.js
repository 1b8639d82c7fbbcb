// The notes of this page: kept in the browser when it lets us, told to whoever listens. No DOM.
(function (geo) {
  "use strict";

  const MOST_BACK = 50;
  const WORLD = [-180, -90, 180, 90]; // what was kept is not judged by where it lies: it would be lost

  // storage() gives a Storage and may throw, as a browser does that is told to keep nothing.
  function noteBook(storage, map, now) {
    const key = "geo-notes:" + map;
    const listeners = [];
    let notes = [];
    let kept = true;
    const before = []; // what the notes were, change by change

    function load() {
      let text = null;
      try {
        text = storage().getItem(key);
      } catch {
        kept = false;
      }
      if (text === null) return;
      try {
        const found = geo.noteFile.read(text, { limits: WORLD, map, now: now(), newId: geo.noteFile.newId });
        notes = found.notes;
        if (Object.keys(found.left).length) aside(text);
      } catch {
        aside(text); // not ours to throw away
      }
    }

    function aside(text) {
      try {
        storage().setItem(key + ":unread", text);
      } catch {
        kept = false;
      }
    }

    function save() {
      try {
        if (notes.length) storage().setItem(key, geo.noteFile.write(notes));
        else storage().removeItem(key);
        kept = true;
      } catch {
        kept = false;
      }
    }

    function set(next) {
      if (before.push(notes) > MOST_BACK) before.shift();
      put(next);
    }

    function put(next) {
      notes = next;
      save();
      for (const listener of listeners) listener(notes);
    }

    load();
    return {
      on: (listener) => listeners.push(listener),
      all: () => notes,
      isKept: () => kept,
      isFull: () => notes.length >= geo.noteFile.MOST_NOTES,
      key,
      set,
      number: (id) => notes.findIndex((note) => note.id === id) + 1,
      add(geometry, kind, feeling, note) {
        const made = { id: geo.noteFile.newId(), created: now(), kind, feeling, note: geo.noteFile.words(note), map, geometry };
        set([...notes, made]);
        return made.id;
      },
      // A changed note carries the time of the change: of two versions of a note the later one counts.
      change(id, parts) {
        set(notes.map((note) => (note.id === id ? { ...note, ...parts, note: geo.noteFile.words(parts.note), created: now() } : note)));
      },
      // Whether there is a change to take back; takes back the last one.
      canUndo: () => before.length > 0,
      undo: () => before.length && put(before.pop()),
      remove: (id) => set(notes.filter((note) => note.id !== id)),
      // Another window of this page has changed them.
      again() {
        notes = [];
        load();
        for (const listener of listeners) listener(notes);
      },
    };
  }

  geo.noteBook = noteBook;
})((globalThis.geo = globalThis.geo || {}));
