// Finding a street or place by its name, without a network: the names are in the page.
(function (geo) {
  "use strict";

  const MOST = 8;

  // Names with where they are: [{name, at: [lat, lon]}]; wards are found too.
  async function names(data) {
    const wards = data.wards.filter((ward) => ward.name && ward.label).map((ward) => ({ name: ward.name, at: ward.label }));
    return [...wards, ...(await geo.names()).map(({ name, places: [first] }) => ({ name, at: [first.lat, first.lon] }))];
  }

  async function findPlace(stage, t, data) {
    const { el, byId } = geo.dom;
    const { map } = stage;
    const known = (await names(data)).map((place) => ({ ...place, folded: geo.search.fold(place.name) }));
    const field = byId("find");
    const ring = L.circleMarker([0, 0], { pane: "sketch", radius: 22, className: "found", interactive: false });
    let shown = [];

    function whole(place) {
      const ward = geo.whereabouts.ward(data.wards, [place.at[1], place.at[0]]);
      return ward && ward !== place.name ? place.name + ", " + ward : place.name;
    }

    function go(place) {
      map.setView(place.at, Math.max(16, map.getZoom()), { animate: false });
      ring.setLatLng(place.at).addTo(map);
      byId("found").replaceChildren();
      field.value = place.name;
      stage.show();
      geo.dom.say(t("found", { place: whole(place) }));
    }

    // Names that begin so come first.
    function matching(text) {
      const query = geo.search.fold(text);
      if (query.length < 2) return [];
      const begins = (place) => Number(!place.folded.startsWith(query));
      return known.filter((place) => geo.search.matches(place.folded, query)).sort((a, b) => begins(a) - begins(b) || (a.folded < b.folded ? -1 : 1)).slice(0, MOST);
    }

    function list() {
      shown = matching(field.value);
      byId("found").replaceChildren(...shown.map((place) => el("li", null, el("button", { type: "button", class: "plain", on: { click: () => go(place) } }, whole(place)))));
      if (field.value.trim().length > 1) geo.dom.say(shown.length ? t("finds", { n: shown.length }) : t("finds_none"));
    }

    field.addEventListener("input", list);
    byId("find-form").addEventListener("submit", (event) => {
      event.preventDefault();
      list();
      if (shown.length) go(shown[0]);
    });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      field.value = "";
      ring.remove();
      list();
    });
  }

  geo.findPlace = findPlace;
})((globalThis.geo = globalThis.geo || {}));
