// Loads scripts of ours into this process and returns their namespace: node tests/js/... FOLDER
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

module.exports = function load(folder, ...names) {
  for (const name of names) vm.runInThisContext(fs.readFileSync(path.join(folder, name), "utf8"), name);
  return globalThis.geo;
};
