// Loads scripts of ours into this process and returns their namespace: node tests/js/... FOLDER
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

module.exports = function load(folder, ...names) {
  const rooms = fs.readdirSync(folder);
  const found = (name) => rooms.map((room) => path.join(folder, room, name)).find(fs.existsSync);
  for (const name of names) vm.runInThisContext(fs.readFileSync(found(name), "utf8"), name);
  return globalThis.geo;
};
