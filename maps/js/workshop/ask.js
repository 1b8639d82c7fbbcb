// A question with a few answers, in a dialog of the page: Escape and the last answer change nothing.
(function (geo) {
  "use strict";

  // ask(title, text, answers, done): answers are [[value, words]]; done(value) is called unless nothing was chosen.
  function ask(title, text, answers, done) {
    const { el, byId } = geo.dom;
    const dialog = byId("ask");
    byId("ask-title").textContent = title;
    byId("ask-text").textContent = text;
    const buttons = answers.map(([value, words]) =>
      el("button", { type: "button", class: "button", on: { click: () => dialog.close(value) } }, words));
    byId("ask-buttons").replaceChildren(...buttons);
    dialog.returnValue = "";
    dialog.onclose = () => dialog.returnValue && done(dialog.returnValue);
    dialog.showModal();
    buttons[buttons.length - 1].focus(); // the harmless one
  }

  geo.ask = ask;
})((globalThis.geo = globalThis.geo || {}));
