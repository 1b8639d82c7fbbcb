// What is chosen and what is pointed at, told to every part of the page that listens. No DOM.
(function (geo) {
  "use strict";

  function selection() {
    const listeners = { choose: [], point: [] };
    const state = { chosen: null, pointed: null };

    function tell(kind, rank, how) {
      for (const listener of listeners[kind]) listener(rank, how || {});
    }

    return {
      on: (kind, listener) => listeners[kind].push(listener),
      chosen: () => state.chosen,
      choose(rank, how) {
        state.chosen = rank;
        tell("choose", rank, how);
      },
      point(rank) {
        if (rank === state.pointed) return;
        state.pointed = rank;
        tell("point", rank);
      },
    };
  }

  geo.selection = selection;
})((globalThis.geo = globalThis.geo || {}));
