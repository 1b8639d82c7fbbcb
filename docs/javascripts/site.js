// The theme wraps wide tables and adds buttons to code after the page is read: reach the first with the keyboard, name the others.
const mend = () => {
  for (const one of document.querySelectorAll(".md-typeset__scrollwrap")) one.tabIndex = one.scrollWidth > one.clientWidth ? 0 : -1;
  document.querySelectorAll(".md-code__nav").forEach((nav, i) => nav.setAttribute("aria-label", `Code ${i + 1}`));
};
new MutationObserver(mend).observe(document.body, { childList: true, subtree: true });
addEventListener("resize", mend);
