// The packed block back into columns: the mirror of maps/packing.py. No DOM.
(function (geo) {
  "use strict";

  function bytes(base64) {
    const text = atob(base64);
    const made = new Uint8Array(text.length);
    for (let i = 0; i < text.length; i++) made[i] = text.charCodeAt(i);
    return made;
  }

  async function inflate(packed) {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(stream).arrayBuffer());
  }

  // 16-bit columns stand as all low bytes, then all high bytes; "delta16" holds differences modulo 65536.
  function column(raw, start, rows, kind) {
    if (kind === "u8") return raw.slice(start, start + rows);
    const made = new Uint16Array(rows);
    for (let i = 0; i < rows; i++) {
      const value = raw[start + i] + 256 * raw[start + rows + i];
      made[i] = kind === "delta16" && i > 0 ? made[i - 1] + value : value;
    }
    return made;
  }

  function columns(raw, rows, kinds) {
    const made = {};
    let start = 0;
    for (const [name, kind] of kinds) {
      made[name] = column(raw, start, rows, kind);
      start += kind === "u8" ? rows : 2 * rows;
    }
    if (start !== raw.length) throw new Error("the packed incidents are damaged");
    return made;
  }

  geo.unpack = { bytes, inflate, columns };
})((globalThis.geo = globalThis.geo || {}));
