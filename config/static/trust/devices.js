// A person's own keys in this browser: made here, or loaded from a key file. The private half goes nowhere.

import { base64url, digest, kept, load, make, secure } from "./keyring.js";

const place = document.querySelector("[data-devices]");
const ALGORITHM_ES256 = -7;

const show_kept = async () => {
  for (const cell of document.querySelectorAll("[data-kept]")) {
    if (await kept(cell.dataset.kept)) cell.textContent = cell.dataset.yes;
  }
};

const make_passkey = async () => {
  const made = await navigator.credentials.create({
    publicKey: {
      challenge: crypto.getRandomValues(new Uint8Array(32)),
      rp: { id: place.dataset.rp, name: place.dataset.rp },
      user: { id: await digest(place.dataset.person), name: place.dataset.person, displayName: place.dataset.user },
      pubKeyCredParams: [{ type: "public-key", alg: ALGORITHM_ES256 }],
      authenticatorSelection: { userVerification: "required", residentKey: "preferred" },
    },
  });
  // The last 65 bytes of a P-256 SubjectPublicKeyInfo are its point.
  return { point: base64url(made.response.getPublicKey().slice(-65)), credential_id: base64url(made.rawId) };
};

if (secure()) show_kept();
if (place) {
  const said = place.querySelector("[data-said]");
  const making = place.querySelector("[data-make]");
  const loading = place.querySelector("[data-load]");
  if (!secure()) said.textContent = place.dataset.noSecure;

  making.addEventListener("submit", async (event) => {
    event.preventDefault();
    const method = event.submitter.value;
    try {
      const made = method === "passkey" ? await make_passkey() : { point: await make() };
      making.elements.method.value = method;
      making.elements.point.value = made.point;
      making.elements.credential_id.value = made.credential_id || "";
      making.submit();
    } catch {
      said.textContent = place.dataset.failed;
    }
  });

  loading.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [file, words] = [document.querySelector("#key-file"), document.querySelector("#key-words")];
    try {
      await load(await file.files[0].text(), words.value);
      said.textContent = place.dataset.loaded;
      loading.reset();
      await show_kept();
    } catch {
      said.textContent = place.dataset.noFile;
    }
  });
}
