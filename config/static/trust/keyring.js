// The keys this browser keeps for a person: private halves that cannot be taken out (SubtleCrypto, IndexedDB).

const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const SIGNING = { name: "ECDSA", hash: "SHA-256" };

export const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

export const fromBase64url = (text) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (each) => each.charCodeAt(0));

const ascii = (text) => new TextEncoder().encode(text);

export const secure = () => window.isSecureContext && Boolean(window.crypto && crypto.subtle && window.indexedDB);

const store = () => new Promise((resolve, reject) => {
  const asked = indexedDB.open("trust-keyring", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("keys");
  asked.onsuccess = () => resolve(asked.result);
  asked.onerror = () => reject(asked.error);
});

const within = async (mode, act) => {
  const open = await store();
  return new Promise((resolve, reject) => {
    const asked = act(open.transaction("keys", mode).objectStore("keys"));
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
};

// By the public point, in base64url: what the house knows a key by.
export const keep = (point, key) => within("readwrite", (keys) => keys.put(key, point));
export const kept = (point) => within("readonly", (keys) => keys.get(point));

export const make = async () => {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign"]);
  const point = base64url(await crypto.subtle.exportKey("raw", pair.publicKey));
  await keep(point, pair.privateKey);
  return point;
};

// r and s, 64 bytes, over the text itself.
export const sign = async (key, text) => base64url(await crypto.subtle.sign(SIGNING, key, ascii(text)));

export const digest = (text) => crypto.subtle.digest("SHA-256", ascii(text));

// ---- a key file (PKCS #8 under a passphrase: PBES2 with PBKDF2 and AES-256-CBC, RFC 8018)

const read = (bytes, at = 0) => {
  let length = bytes[at + 1];
  let from = at + 2;
  if (length & 0x80) {
    const count = length & 0x7f;
    length = bytes.slice(from, from + count).reduce((sum, each) => sum * 256 + each, 0);
    from += count;
  }
  return { tag: bytes[at], body: bytes.slice(from, from + length), end: from + length };
};

const parts = (body) => {
  const found = [];
  for (let at = 0; at < body.length;) {
    const one = read(body, at);
    found.push(one);
    at = one.end;
  }
  return found;
};

const number = (body) => body.reduce((sum, each) => sum * 256 + each, 0);

const opened = async (pem, words) => {
  const body = pem.match(/-----BEGIN ENCRYPTED PRIVATE KEY-----([\s\S]+?)-----END/);
  const der = fromBase64url(body[1].replace(/\s/g, ""));
  const [scheme, sealed] = parts(read(der).body);
  const [derivation, cipher] = parts(parts(scheme.body)[1].body);
  const [salt, rounds] = parts(parts(derivation.body)[1].body);
  const iv = parts(cipher.body)[1].body;
  const base = await crypto.subtle.importKey("raw", new TextEncoder().encode(words), "PBKDF2", false, ["deriveKey"]);
  const key = await crypto.subtle.deriveKey(
    { name: "PBKDF2", hash: "SHA-256", salt: salt.body, iterations: number(rounds.body) },
    base, { name: "AES-CBC", length: 256 }, false, ["decrypt"],
  );
  return crypto.subtle.decrypt({ name: "AES-CBC", iv }, key, sealed.body);
};

// Takes the key of a file into this browser; throws where the file or its passphrase is not right.
export const load = async (pem, words) => {
  const pkcs8 = await opened(pem, words);
  const seen = await crypto.subtle.exportKey("jwk", await crypto.subtle.importKey("pkcs8", pkcs8, CURVE, true, ["sign"]));
  const point = base64url(Uint8Array.of(4, ...fromBase64url(seen.x), ...fromBase64url(seen.y)));
  await keep(point, await crypto.subtle.importKey("pkcs8", pkcs8, CURVE, false, ["sign"]));
  return point;
};
