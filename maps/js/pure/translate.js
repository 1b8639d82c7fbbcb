// Words, numbers and dates in the language of the page. No DOM.
(function (geo) {
  "use strict";

  const DAY = /^(\d{4})-(\d{2})-(\d{2})$/;

  // A browser without a language would write in its own reader's, so a page in Welsh might count in German.
  function supported(intl, kind, language) {
    return intl[kind].supportedLocalesOf([language]).length ? language : "en-GB";
  }

  // Figures are the same in every language, as on paper and in the sentences made beforehand.
  const FIGURES = { numberingSystem: "latn" };

  // texts: {key: text | {one, two, few, many, other} | [texts]}. Returns t(key, values): the text with its {names}
  // filled in, numbers as the language writes them, and a form chosen by values.n.
  function translator(language, texts, intl) {
    const known = intl || Intl;
    const rules = new known.PluralRules(supported(known, "PluralRules", language));
    const numbers = new known.NumberFormat(supported(known, "NumberFormat", language), { maximumFractionDigits: 0, ...FIGURES });

    function form(key, values) {
      const words = texts[key];
      if (words === undefined) throw new Error("no words for " + key);
      return typeof words === "string" ? words : words[rules.select(values.n)] || words.other;
    }

    function t(key, values) {
      const given = values || {};
      return form(key, given).replace(/\{(\w+)\}/g, (whole, name) => {
        if (!(name in given)) return whole;
        return typeof given[name] === "number" ? numbers.format(given[name]) : String(given[name]);
      });
    }

    // 2026-01-31 as the language writes a day; whatever else a file may hold stays as it is.
    t.date = (text) => {
      const parts = DAY.exec(text);
      if (!parts || !texts.months[parts[2] - 1]) return text;
      if (known.DateTimeFormat.supportedLocalesOf([language]).length) {
        const day = new Date(Date.UTC(parts[1], parts[2] - 1, parts[3]));
        return new known.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC", ...FIGURES }).format(day);
      }
      return t("date", { day: String(Number(parts[3])), month: texts.months[parts[2] - 1], year: parts[1] });
    };
    t.number = (value) => numbers.format(value);
    return t;
  }

  geo.translator = translator;
})((globalThis.geo = globalThis.geo || {}));
