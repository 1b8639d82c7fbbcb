// The small popup on the map: what an area or a note says.
(function (geo) {
  "use strict";

  function bubble(map, t) {
    const popup = L.popup({ autoPanPadding: [16, 16], maxWidth: 300 });

    function open(at, ...children) {
      popup.setContent(geo.dom.el("div", { class: "bubble" }, ...children)).setLatLng(at).openOn(map);
      popup._closeButton.setAttribute("aria-label", t("close"));
    }

    return { open, close: () => map.closePopup(popup) };
  }

  geo.bubble = bubble;
})((globalThis.geo = globalThis.geo || {}));
