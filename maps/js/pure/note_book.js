// The notes of this page: kept in the browser when it lets us, told to whoever listens. No DOM.
(function (geo) {
  "use strict";

  const MOST_BACK = 50;
  const WORLD = [-180, -90, 180, 90]; // what was kept is not judged by where it lies: it would be lost

  // storage() gives a Storage and may throw, as a browser does that is told to keep nothing.
  function noteBook(storage, map, now) {
    const key = "geo-notes:" + map;
    const sessionKey = "geo-session:" + map;
    const file = geo.noteFile;
    const listeners = [];
    let notes = [];
    let removed = []; // those deleted here, with their changes: they do not come back with an older file
    let named = ""; // the workshop, as somebody wrote it
    let kept = true;
    const before = []; // what the notes were, change by change

    function load() {
      let text = null;
      try {
        text = storage().getItem(key);
        named = file.sessionName(storage().getItem(sessionKey));
      } catch {
        kept = false;
      }
      if (text === null) return;
      try {
        const found = file.read(text, { limits: WORLD, map, now: now(), newId: file.newId });
        notes = found.notes;
        removed = found.removed || [];
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
        if (notes.length) storage().setItem(key, file.write(notes, removed));
        else storage().removeItem(key);
        kept = true;
      } catch {
        kept = false;
      }
    }

    function set(next, gone) {
      if (before.push({ notes, removed }) > MOST_BACK) before.shift();
      put(next, gone || removed);
    }

    function put(next, gone) {
      notes = next;
      removed = gone;
      save();
      for (const listener of listeners) listener(notes);
    }

    // The workshop that notes belong to: as named here, else that of the last note, else the day.
    function session() {
      const last = notes.findLast((note) => note.session);
      return named || (last ? last.session : now().slice(0, 10));
    }

    // The note that stands for another, by id: its own where it is merged into none that is there. Two tables may have
    // merged two notes into each other: then the one whose id comes first stands for both.
    function root(note) {
      const seen = [note.id];
      for (let next = note.same_as; next && notes.some((one) => one.id === next); next = notes.find((one) => one.id === next).same_as) {
        if (seen.includes(next)) return seen.slice(seen.indexOf(next)).sort()[0];
        seen.push(next);
      }
      return seen[seen.length - 1];
    }

    // Notes that are to be seen: neither hidden nor merged into another.
    function shown() {
      return notes.filter((note) => !note.hidden && root(note) === note.id);
    }

    function changed(note) {
      return { changes: [...file.changesOf(note), file.newChange()].join(" ") };
    }

    load();
    return {
      on: (listener) => listeners.push(listener),
      all: () => notes,
      shown,
      root,
      removed: () => removed,
      isKept: () => kept,
      isFull: () => notes.length >= file.MOST_NOTES,
      key,
      set,
      session,
      // Names the workshop; notes written here under the name before go with it.
      rename(text) {
        const [was, next] = [session(), file.sessionName(text)];
        named = next;
        try {
          if (next) storage().setItem(sessionKey, next);
          else storage().removeItem(sessionKey);
        } catch {
          kept = false;
        }
        if (next && next !== was) set(notes.map((note) => (note.session === was ? { ...note, session: next } : note)));
      },
      number: (id) => shown().findIndex((note) => note.id === id) + 1,
      add(geometry, kind, feeling, note, more) {
        const made = { id: file.newId(), created: now(), kind, feeling, note: file.words(note), map, ...more, session: session(), ...changed({}), geometry };
        set([...notes, made]);
        return made.id;
      },
      // A changed note carries the time of the change and one change more: of two versions the one with more of them counts.
      change(id, parts) {
        const next = (note) => ({ ...note, ...parts, note: file.words(parts.note === undefined ? note.note : parts.note), created: now(), ...changed(note) });
        set(notes.map((note) => (note.id === id ? next(note) : note)));
      },
      // What a facilitator decides: hidden, or the same as another note. The time it was written stays.
      mark(id, parts) {
        set(notes.map((note) => (note.id === id ? { ...note, ...parts, ...changed(note) } : note)));
      },
      // Whether there is a change to take back; takes back the last one.
      canUndo: () => before.length > 0,
      undo() {
        const last = before.pop();
        if (last) put(last.notes, last.removed);
      },
      remove(id) {
        const found = notes.filter((note) => note.id === id);
        const gone = found.map((note) => ({ id, changes: note.changes || "" }));
        // those that were merged into it are notes again
        const left = notes.filter((note) => note.id !== id).map((note) => (note.same_as === id ? { ...note, same_as: undefined, ...changed(note) } : note));
        set(left, [...removed, ...gone]);
      },
      // Another window of this page has changed them.
      again() {
        notes = [];
        removed = [];
        load();
        for (const listener of listeners) listener(notes);
      },
    };
  }

  geo.noteBook = noteBook;
})((globalThis.geo = globalThis.geo || {}));
