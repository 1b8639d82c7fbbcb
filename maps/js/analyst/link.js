// The view in the address of the page, and a button that copies it. Nothing that anybody typed goes into it.
(function (geo) {
  "use strict";

  const QUIET = 300; // milliseconds after the last change

  // read() gives the view; returns what to call after every change.
  function link(read) {
    const { byId, say } = geo.dom;
    const box = byId("link");
    let waiting = null;

    function write() {
      clearTimeout(waiting);
      waiting = null;
      history.replaceState(null, "", "#" + geo.hash.format(read()));
    }

    function later() {
      clearTimeout(waiting);
      waiting = setTimeout(write, QUIET);
    }

    function told(text) {
      byId("link-told").textContent = text;
      say(text);
    }

    byId("copy-link").addEventListener("click", async () => {
      write();
      box.value = location.href;
      box.hidden = false;
      try {
        await navigator.clipboard.writeText(box.value);
        told("Link copied. It opens this view wherever this file lies at the same address.");
      } catch {
        box.select();
        told("Copy the link from the box.");
      }
    });
    return later;
  }

  geo.link = link;
})((globalThis.geo = globalThis.geo || {}));
