// Rows as a CSV file that no spreadsheet runs: RFC 4180, UTF-8 with its mark, so that accents survive. No DOM.
(function (geo) {
  "use strict";

  // A number stays one; text that a spreadsheet would take for a formula gets an apostrophe before it.
  function cell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return Number.isFinite(value) ? String(value) : "";
    // eslint-disable-next-line no-control-regex
    let text = String(value).replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd");
    if (/^[=+\-@\t\r\n]/.test(text)) text = "'" + text;
    return /[",\r\n\u2028\u2029]/.test(text) || text !== text.trim() ? '"' + text.replaceAll('"', '""') + '"' : text;
  }

  // columns: [{title, value(row)}]
  function make(columns, rows) {
    const lines = [columns.map((column) => column.title), ...rows.map((row) => columns.map((column) => column.value(row)))];
    return "\ufeff" + lines.map((line) => line.map(cell).join(",") + "\r\n").join("");
  }

  geo.csv = { cell, make };
})((globalThis.geo = globalThis.geo || {}));
