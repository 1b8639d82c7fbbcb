// The code of a page that stands packed in it: unpacked, and run where the page's policy names its hash.
(async function () {
  "use strict";
  try {
    const text = atob(document.getElementById("geo-code").textContent);
    const bytes = Uint8Array.from(text, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const script = document.createElement("script");
    script.textContent = await new Response(stream).text();
    document.head.append(script);
  } catch {
    const said = document.getElementById("geo-old") || document.createElement("p");
    if (!said.id) {
      said.className = "trouble";
      said.textContent = "This browser is too old to draw the map. The words of the page are complete.";
      document.querySelector("main").prepend(said);
    }
    said.hidden = false;
  }
})();
