// Where labels go so that none covers another, and which shape lies next in a direction. No DOM.
(function (geo) {
  "use strict";

  function overlaps(a, b) {
    return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
  }

  function box(x, y, width, height) {
    return { left: x - width / 2, right: x + width / 2, top: y - height / 2, bottom: y + height / 2 };
  }

  // The first candidate box that touches nothing taken, which is then taken; null when none is free.
  function place(candidates, taken) {
    for (const candidate of candidates) {
      if (taken.some((other) => overlaps(candidate, other))) continue;
      taken.push(candidate);
      return candidate;
    }
    return null;
  }

  // A line of points as boxes, where no name may stand.
  function along(points) {
    return points.slice(1).flatMap((to, i) => {
      const { x, y } = points[i];
      const many = Math.max(1, Math.ceil(Math.hypot(to.x - x, to.y - y) / 8));
      return Array.from({ length: many }, (_, k) => box(x + ((to.x - x) * k) / many, y + ((to.y - y) * k) / many, 6, 6));
    });
  }

  const RINGS = [2, 12, 24, 38, 54, 72];

  // Boxes around a point, ring by ring, each ring beginning on the side that faces `away` (an angle).
  function around(at, reach, size, away, rings = RINGS.length) {
    const boxes = [];
    for (const far of RINGS.slice(0, rings)) {
      for (let i = 0; i < 16; i++) {
        const turn = away + ((i % 2 ? -1 : 1) * Math.ceil(i / 2) * Math.PI) / 8;
        const x = Math.cos(turn) * (reach + far + size.width / 2);
        const y = Math.sin(turn) * (reach + far + size.height / 2);
        boxes.push({ ...box(at.x + x, at.y + y, size.width, size.height), x, y });
      }
    }
    return boxes;
  }

  // The angle at which `at` lies from the middle of its near neighbours: the side where there is most room.
  function away(at, others, near) {
    const close = others.filter((other) => Math.hypot(other.x - at.x, other.y - at.y) < near);
    const x = close.reduce((sum, other) => sum + at.x - other.x, 0);
    const y = close.reduce((sum, other) => sum + at.y - other.y, 0);
    return x || y ? Math.atan2(y, x) : -Math.PI / 4;
  }

  // A name on two lines, broken at the space nearest its middle.
  function twoLines(name) {
    let best = -1;
    for (let i = name.indexOf(" "); i >= 0; i = name.indexOf(" ", i + 1)) {
      if (best < 0 || Math.abs(i - name.length / 2) < Math.abs(best - name.length / 2)) best = i;
    }
    return best < 0 ? [name] : [name.slice(0, best), name.slice(best + 1)];
  }

  const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

  // The index of the point that lies next to `from` in the direction of an arrow key; `from` itself at the edge. Points
  // at one place lie as if side by side, in their order.
  function next(points, from, key) {
    const [dx, dy] = DIRECTIONS[key];
    let best = from;
    let least = Infinity;
    points.forEach((point, i) => {
      const y = point.y - points[from].y;
      const x = point.x - points[from].x || (y ? 0 : (i - from) * 0.001);
      const ahead = x * dx + y * dy;
      const aside = Math.abs(x * dy) + Math.abs(y * dx);
      if (i === from || ahead <= 0 || ahead + 2 * aside >= least) return;
      best = i;
      least = ahead + 2 * aside;
    });
    return best;
  }

  geo.layout = { overlaps, box, place, along, around, away, twoLines, next, isArrow: (key) => key in DIRECTIONS };
})((globalThis.geo = globalThis.geo || {}));
