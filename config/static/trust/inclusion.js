// Does this entry stand in the signed log as it is shown? Reckoned here; docs/verify.md tells every octet.

const octetsOf = (hex) => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
const hexOf = (octets) => [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");
const fromBase64 = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
const utf8 = (text) => new TextEncoder().encode(text);
const joined = (...parts) => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => (whole.set(part, at), at + part.length), 0);
  return whole;
};
const sha256 = async (octets) => new Uint8Array(await crypto.subtle.digest("SHA-256", octets));
const leafOf = (data) => sha256(joined(Uint8Array.of(0), data));
const nodeOf = (left, right) => sha256(joined(Uint8Array.of(1), left, right));

// RFC 9162 §2.1.3.2
const rootBy = async (leaf, { index, size, path }) => {
  let [at, last, found] = [index, size - 1, leaf];
  if (!(at >= 0 && at <= last)) throw new Error("index");
  for (const each of path.map(octetsOf)) {
    if (last === 0) throw new Error("path");
    if (at % 2 || at === last) {
      found = await nodeOf(each, found);
      while (at % 2 === 0 && at) [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
    } else {
      found = await nodeOf(found, each);
    }
    [at, last] = [Math.floor(at / 2), Math.floor(last / 2)];
  }
  if (last) throw new Error("path");
  return found;
};

// What the proof proves, or an error whose message is one word: which step failed.
const provedBy = async (proof) => {
  if (proof.version !== 1) throw new Error("version");
  const entries = await rootBy(await leafOf(joined(octetsOf(proof.salt), utf8(proof.shown))), proof.entry);
  const ofFund = proof.fund_day.text.split("|");
  if (hexOf(entries) !== ofFund.at(-2)) throw new Error("entry");
  const funds = await rootBy(await leafOf(utf8(proof.fund_day.text)), proof.fund_day);
  const ofDay = proof.day.text.split("|");
  if (hexOf(funds) !== ofDay.at(-1)) throw new Error("fund-day");
  const log = await rootBy(await leafOf(utf8(proof.day.text)), proof.day);
  const [origin, size, root] = proof.head.text.split("\n");
  if (hexOf(log) !== hexOf(fromBase64(root)) || Number(size) !== proof.day.size) throw new Error("day");
  const curve = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("raw", fromBase64(proof.head.p256_key), curve, false, ["verify"]);
  const good = await crypto.subtle.verify(
    { name: "ECDSA", hash: "SHA-256" },
    key,
    fromBase64(proof.head.p256_signature),
    utf8(proof.head.text),
  );
  if (!good) throw new Error("signature");
  const shown = JSON.parse(proof.shown);
  if (!ofFund.slice(1).join("|").startsWith(`${utf8(shown.fund).length}:${shown.fund}|`)) throw new Error("fund");
  return { shown, on: ofDay[1], size: Number(size), origin, root, key: proof.head.p256_key };
};

// A phone remembers the last head it was shown: one day has one head, and the key stays the key.
const rememberedOtherwise = (proved) => {
  try {
    const name = `trust-head ${proved.origin} ${proved.size}`;
    const before = localStorage.getItem(name);
    const now = `${proved.root} ${proved.key}`;
    localStorage.setItem(name, before ?? now);
    return before !== null && before !== now;
  } catch {
    return false;
  }
};

const told = async (place) => {
  const said = place.querySelector("[data-said]");
  try {
    if (!globalThis.crypto?.subtle) throw new Error("insecure");
    const answer = await fetch(place.dataset.inclusion, { credentials: "omit" });
    if (answer.status === 404) {
      said.textContent = place.dataset.waiting;
      return;
    }
    const proved = await provedBy(await answer.json());
    if (proved.shown.amount !== place.dataset.amount || String(proved.shown.sequence) !== place.dataset.sequence) {
      throw new Error("amount");
    }
    if (rememberedOtherwise(proved)) throw new Error("remembered");
    said.textContent = `${place.dataset.good} ${proved.on}`;
    place.classList.add("ok");
  } catch (failure) {
    said.textContent = `${place.dataset.bad}（${failure.message}）`;
    place.classList.add("bad");
  }
};

for (const place of document.querySelectorAll("[data-inclusion]")) told(place);
