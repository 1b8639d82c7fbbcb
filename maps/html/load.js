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
    document.getElementById("geo-old").hidden = false;
  }
})();
