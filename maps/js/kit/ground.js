// Streets, paths, rail, water and parks: one canvas under all that the map is about, drawn as fine as the zoom can show.
(function (geo) {
  "use strict";

  const CLOSE = 0.8; // pixels: a point nearer than this to the last one is passed over

  // Shapes from the unpacked block, each with where its points begin and end and the box they lie in. No DOM.
  function shapes(raw, schema) {
    const head = 3 * schema.shapes;
    const table = geo.unpack.columns(raw.subarray(0, head), schema.shapes, [["points", "u16"], ["code", "u8"]]);
    const { x, y } = geo.unpack.columns(raw.subarray(head), schema.points, [["x", "delta16"], ["y", "delta16"]]);
    const made = schema.classes.map(() => []);
    let start = 0;
    for (let i = 0; i < schema.shapes; i++) {
      const end = start + table.points[i];
      const shape = { start, end, left: 65535, right: 0, top: 65535, bottom: 0 };
      for (let p = start; p < end; p++) {
        if (x[p] < shape.left) shape.left = x[p];
        if (x[p] > shape.right) shape.right = x[p];
        if (y[p] < shape.top) shape.top = y[p];
        if (y[p] > shape.bottom) shape.bottom = y[p];
      }
      made[table.code[i]].push(shape);
      start = end;
    }
    return { x, y, classes: made };
  }

  // Between zoom 12 and 17 a line grows by the same factor from step to step.
  function width([narrow, wide], zoom) {
    const part = Math.min(1, Math.max(0, (zoom - 12) / 5));
    return narrow * Math.pow(wide / narrow, part);
  }

  // Grid to screen: x * ax + bx, and so on; only shapes that reach the screen, and of those no point that cannot be told
  // from the one before it.
  function trace(pen, drawn, list, view, area) {
    const { x, y } = drawn;
    let any = false;
    for (const shape of list) {
      const left = shape.left * view.ax + view.bx;
      const right = shape.right * view.ax + view.bx;
      const top = shape.top * view.ay + view.by;
      const bottom = shape.bottom * view.ay + view.by;
      if (right < 0 || bottom < 0 || left > view.width || top > view.height) continue;
      if (area && (right - left) * (bottom - top) < 4) continue;
      any = true;
      let lastX = x[shape.start] * view.ax + view.bx;
      let lastY = y[shape.start] * view.ay + view.by;
      pen.moveTo(lastX, lastY);
      for (let p = shape.start + 1; p < shape.end; p++) {
        const atX = x[p] * view.ax + view.bx;
        const atY = y[p] * view.ay + view.by;
        if (Math.abs(atX - lastX) + Math.abs(atY - lastY) < CLOSE && p < shape.end - 1) continue;
        pen.lineTo(atX, atY);
        lastX = atX;
        lastY = atY;
      }
      if (area) pen.closePath();
    }
    return any;
  }

  function paint(pen, drawn, schema, view, zoom) {
    pen.lineJoin = "round";
    schema.classes.forEach((one, code) => {
      if (zoom < one.zoom) return;
      pen.beginPath();
      if (!trace(pen, drawn, drawn.classes[code], view, !one.widths)) return;
      if (!one.widths) {
        pen.fillStyle = one.colour;
        pen.fill("evenodd");
        return;
      }
      pen.strokeStyle = one.colour;
      pen.lineWidth = width(one.widths, zoom);
      pen.lineCap = one.dash ? "butt" : "round";
      pen.setLineDash(one.dash || []);
      pen.stroke();
    });
  }

  geo.ground = { shapes, width, trace, paint };
})((globalThis.geo = globalThis.geo || {}));
