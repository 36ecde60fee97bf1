// What is ticked in a form of [data-picking], told while people tick: how many, how much, to whom, and how many of
// them have something to look at. Amounts are summed in fen, exactly. The server says it all again on the check page.

const place = document.querySelector("[data-picking]");
const fen = (yuan) => BigInt(yuan.replace(".", ""));
const grouped = (sum) => {
  const text = sum.toString().padStart(3, "0");
  return `${text.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${text.slice(-2)}`;
};
const put = (name, value) => {
  for (const each of place.querySelectorAll(`span[data-${name}], b[data-${name}]`)) each.textContent = value;
};

const tell = () => {
  const ticked = [...place.querySelectorAll("input[name=item]:checked")];
  const hinted = ticked.filter((each) => "hinted" in each.dataset);
  for (const each of place.querySelectorAll("[data-some]")) each.hidden = !ticked.length;
  for (const each of place.querySelectorAll("[data-none]")) each.hidden = Boolean(ticked.length);
  put("count", ticked.length);
  put("sum", grouped(ticked.reduce((sum, each) => sum + fen(each.dataset.yuan), 0n)));
  put("payees", new Set(ticked.map((each) => each.dataset.payee)).size);
  put("hinted", hinted.length);
  put("unseen", hinted.filter((each) => "unseen" in each.dataset).length);
  for (const each of place.querySelectorAll("input[name=item]")) each.closest("tr").classList.toggle("on", each.checked);
};

// A second press on the same row folds its evidence away; once shown, it is seen.
document.addEventListener(
  "click",
  (event) => {
    const link = event.target.closest("[hx-target='next .inline']");
    const inline = link && link.closest("tr").nextElementSibling.querySelector(".inline");
    if (!inline || !inline.childElementCount) return;
    inline.replaceChildren();
    event.preventDefault();
    event.stopPropagation();
  },
  true,
);
document.addEventListener("htmx:afterSwap", (event) => {
  const row = event.target.closest("tr.sub");
  const tick = row && row.previousElementSibling.querySelector("input[name=item]");
  if (tick) delete tick.dataset.unseen;
  if (place) tell();
});
if (place) {
  place.addEventListener("change", () => queueMicrotask(tell));
  place.addEventListener("reset", () => setTimeout(tell));
  tell();
}
