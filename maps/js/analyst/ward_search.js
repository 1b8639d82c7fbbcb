// "Go to a ward": a name typed or picked from the list; case and accents make no difference.
(function (geo) {
  "use strict";

  function wardSearch(records, wards, selection) {
    const { byId, el, say } = geo.dom;
    const input = byId("ward-search");
    const told = byId("ward-told");
    const twice = new Set(records.map((ward) => ward.name).filter((name, i, all) => all.indexOf(name) !== i));
    // wards of one name are told apart by their codes
    byId("ward-names").append(...records.map((ward) => el("option", { value: twice.has(ward.name) ? ward.code : ward.name }, twice.has(ward.name) ? ward.name : "")));
    let last = "";

    function go(strict) {
      const text = input.value;
      if (!text || text === last) return;
      const found = geo.search.find(records, text);
      const same = found && [found.name, found.code].some((name) => geo.search.fold(name) === geo.search.fold(text));
      if (strict && !same) return;
      last = text;
      told.textContent = found ? "" : "No single ward has this name.";
      if (!found) return say(told.textContent);
      wards.show([found.code]);
      selection.choose(found.code, { from: input });
    }

    input.addEventListener("input", () => {
      last = "";
      told.textContent = "";
      go(true); // picked from the list
    });
    input.addEventListener("change", () => go(false));
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      last = "";
      go(false);
    });
  }

  geo.wardSearch = wardSearch;
})((globalThis.geo = globalThis.geo || {}));
