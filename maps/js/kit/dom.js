// Elements from text: nothing here, and nothing that uses it, ever reads text as HTML.
(function (geo) {
  "use strict";

  const SVG = "http://www.w3.org/2000/svg";

  function finish(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "on") for (const [event, handler] of Object.entries(value)) element.addEventListener(event, handler);
      else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  }

  // An HTML element; children are nodes or plain text.
  function el(name, attributes, ...children) {
    return finish(document.createElement(name), attributes, children);
  }

  function svg(name, attributes, ...children) {
    return finish(document.createElementNS(SVG, name), attributes, children);
  }

  // A polygon of the map from a GeoJSON geometry.
  function polygon(geometry, options) {
    return L.geoJSON(geometry, { ...options, style: () => options }).getLayers()[0];
  }

  function byId(id) {
    return document.getElementById("geo-" + id);
  }

  // Said to screen readers when they are idle: at once, but never twice in a second; of several, the last.
  const APART = 1000; // milliseconds
  let last = -Infinity;
  let waiting = null;

  function say(text) {
    clearTimeout(waiting);
    const wait = last + APART - performance.now();
    if (wait > 0) {
      waiting = setTimeout(() => say(text), wait);
      return;
    }
    last = performance.now();
    byId("live").textContent = text;
  }

  geo.dom = { el, svg, polygon, byId, say };
})((globalThis.geo = globalThis.geo || {}));
