// The page that is kept: a proof and lists of heads, opened from disk, asked of nobody.

const words = document.body.dataset;

const linesOf = (text) => {
  const [first, ...rest] = text.trimEnd().split("\n");
  const days = rest.map((line) => {
    const [version, number, on, funds, root, log, key, signature] = line.split(" ");
    return { version, number: Number(number), on, funds, root, log, key, signature };
  });
  return { origin: first.replace(/^origin /, ""), days };
};

const faultsOf = async ({ origin, days }) => {
  const found = [];
  let full = [];
  for (const [at, day] of days.entries()) {
    const next = at && new Date(Date.parse(days[at - 1].on) + 86400000).toISOString().slice(0, 10);
    if (day.number !== at + 1 || (at && day.on !== next)) found.push(`${day.on} ${words.missing}`);
    let carried = await leafOf(utf8(`v1|${day.on}|${day.funds}|${day.root}`));
    for (let size = at; size % 2; size = Math.floor(size / 2)) carried = await nodeOf(full.pop(), carried);
    full.push(carried);
    let root = full.at(-1);
    for (const each of full.slice(0, -1).reverse()) root = await nodeOf(each, root);
    if (hexOf(root) !== day.log) found.push(`${day.on} ${words.root}`);
    const text = `${origin}\n${day.number}\n${btoa(String.fromCharCode(...octetsOf(day.log)))}\n`;
    const curve = { name: "ECDSA", namedCurve: "P-256" };
    const key = await crypto.subtle.importKey("raw", fromBase64(day.key), curve, false, ["verify"]);
    const way = { name: "ECDSA", hash: "SHA-256" };
    if (!(await crypto.subtle.verify(way, key, fromBase64(day.signature), utf8(text)))) found.push(`${day.on} ${words.signature}`);
  }
  return found;
};

const between = (kept, now) =>
  kept.days.flatMap((was) => {
    const same = now.days.find((day) => day.on === was.on);
    if (!same) return [`${was.on} ${words.gone}`];
    const said = ({ number, funds, root, log }) => [number, funds, root, log].join(" ");
    return said(was) === said(same) ? [] : [`${was.on} ${words.twice}`];
  });

const form = document.querySelector("form");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = document.querySelector("output");
  const read = (name) => form.elements[name].files[0]?.text();
  const lines = [];
  try {
    const [proof, kept, now] = await Promise.all(["proof", "kept", "now"].map(read));
    const lists = [kept, now].map((text) => text && linesOf(text));
    const faults = (await Promise.all(lists.filter(Boolean).map(faultsOf))).flat();
    if (kept && now) faults.push(...between(...lists));
    if (proof) {
      const proved = await provedBy(JSON.parse(proof));
      const line = (lists[1] ?? lists[0])?.days[proved.size - 1];
      if (line && (line.log !== hexOf(fromBase64(proved.root)) || line.key !== proved.key)) faults.push(`${proved.on} ${words.elsewhere}`);
      lines.push(`${proved.shown.fund} #${proved.shown.sequence} ${proved.shown.amount}`, proved.on, proved.key);
    }
    lines.unshift(faults.length ? words.bad : words.good, ...faults);
  } catch (failure) {
    lines.unshift(words.bad, failure.message);
  }
  said.textContent = lines.join("\n");
});
