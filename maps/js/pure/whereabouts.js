// In which ward a spot lies. No DOM.
(function (geo) {
  "use strict";

  function crosses([x, y], [ax, ay], [bx, by]) {
    return ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax;
  }

  function isWithin(position, rings) {
    let inside = false;
    for (const ring of rings) {
      for (let i = 1; i < ring.length; i++) if (crosses(position, ring[i - 1], ring[i])) inside = !inside;
    }
    return inside;
  }

  // Polygon or MultiPolygon; a hole is outside.
  function contains(geometry, position) {
    if (!geometry) return false;
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
    return polygons.some((rings) => isWithin(position, rings));
  }

  // The name of the ward round a position as [lon, lat]; an empty text outside all of them.
  function ward(wards, position) {
    const found = wards.find(({ geometry }) => contains(geometry, position));
    return found && found.name ? found.name : "";
  }

  // Where a number belongs on a note, as [lat, lon]: at a point, half way along a line, in the middle of an area.
  function middle({ type, coordinates }) {
    if (type.startsWith("Multi")) return middle({ type: type.slice(5), coordinates: coordinates[0] });
    if (type === "Point") return [coordinates[1], coordinates[0]];
    if (type === "LineString") return along(coordinates);
    const ring = coordinates[0].slice(1);
    const mean = (i) => ring.reduce((sum, position) => sum + position[i], 0) / ring.length;
    const centre = [mean(0), mean(1)];
    return contains({ type: "Polygon", coordinates }, centre) ? [centre[1], centre[0]] : [ring[0][1], ring[0][0]];
  }

  function along(line) {
    const squeeze = Math.cos((line[0][1] * Math.PI) / 180);
    const lengths = line.slice(1).map((to, i) => Math.hypot((to[0] - line[i][0]) * squeeze, to[1] - line[i][1]));
    let rest = lengths.reduce((sum, length) => sum + length, 0) / 2;
    const i = Math.max(0, lengths.findIndex((length) => (rest -= length) <= 0));
    const share = lengths[i] ? 1 + rest / lengths[i] : 0;
    const at = (k) => line[i][k] + share * (line[i + 1][k] - line[i][k]);
    return [at(1), at(0)];
  }

  geo.whereabouts = { contains, ward, middle };
})((globalThis.geo = globalThis.geo || {}));
