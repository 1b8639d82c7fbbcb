// Too many dots for the eye: a grid of small screen squares instead, coloured by how many incidents each holds. No DOM.
(function (geo) {
  "use strict";

  const CELL = 4; // pixels
  const MOST_DOTS = 5000;

  function grid(places, seen, width, height) {
    const across = Math.ceil(width / CELL);
    const down = Math.ceil(height / CELL);
    const counts = new Uint32Array(across * down);
    let most = 0;
    for (let i = 0; i < seen.index.length; i++) {
      const column = Math.floor(seen.x[i] / CELL);
      const row = Math.floor(seen.y[i] / CELL);
      if (column < 0 || row < 0 || column >= across || row >= down) continue;
      const cell = row * across + column;
      counts[cell] += places.count[seen.index[i]];
      if (counts[cell] > most) most = counts[cell];
    }
    return { across, down, counts, most };
  }

  // Which of `steps` colours a count gets. The square root keeps the middle apart when a few squares hold very many.
  function level(count, most, steps) {
    if (most <= 1) return steps - 1;
    const t = (Math.sqrt(count) - 1) / (Math.sqrt(most) - 1);
    return Math.min(steps - 1, Math.max(0, Math.floor(t * steps)));
  }

  geo.density = { CELL, MOST_DOTS, grid, level };
})((globalThis.geo = globalThis.geo || {}));
