// Single keys for people who work here all day: every element with data-key is a button of the keyboard.
// J and K walk the rows of [data-rows] (and open them where that says "open"), Enter opens, X ticks, / searches.
// Enter on a link or a button is the browser's own. Switched off by data-shortcuts="off".

const typing = (target) => target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
const rows = () => [...document.querySelectorAll("[data-rows] > :not(.sub)")];
const at = () => {
  const all = rows();
  const focused = all.findIndex((row) => row.contains(document.activeElement));
  return focused >= 0 ? focused : all.findIndex((row) => row.querySelector("[aria-current]"));
};

const walk = (step) => {
  const all = rows();
  if (!all.length) return false;
  const next = all[Math.min(Math.max(at() + step, 0), all.length - 1)];
  const target = next.querySelector("a[href], button, input") || next;
  target.focus();
  if (next.closest('[data-rows="open"]') && !target.hasAttribute("aria-current")) target.click();
  return true;
};

const press = (key) => {
  const scope = rows()[at()] || document;
  const found = scope.querySelector(`[data-key="${CSS.escape(key)}"]`) || document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!found) return false;
  if (found.matches("input[type=search], input[type=text], textarea")) found.focus();
  else found.click();
  return true;
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.documentElement.dataset.shortcuts === "off") return;
  const key = event.key.toLowerCase();
  if (key === "enter" && event.target.closest("a, button, summary")) return;
  const done = key === "j" ? walk(1) : key === "k" ? walk(-1) : press(key);
  if (done) event.preventDefault();
});

// Choosing all, and saying how many: the server says it again on the check page.
document.addEventListener("change", (event) => {
  const all = event.target.closest("[data-all]");
  if (all) {
    for (const each of all.form.querySelectorAll(`input[name="${all.dataset.all}"]`)) each.checked = all.checked;
  }
});
