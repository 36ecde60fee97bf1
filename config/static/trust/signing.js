// The check page's one button: the device signs the list, and the form carries the answer. Never signs by itself.

import { base64url, digest, fromBase64url, kept, secure, sign } from "./keyring.js";

const place = document.querySelector("[data-signing]");
const form = place.querySelector("form");
const text = form.querySelector("textarea").value;
const wrong = form.querySelector("[data-wrong]");
const keys = [...form.querySelectorAll("[data-key-id]")];
let under_way = false;

const say = (sentence) => {
  wrong.textContent = sentence;
  wrong.hidden = false;
  under_way = false;
};

const fill = (answer) => {
  for (const [name, value] of Object.entries(answer)) form.elements[name].value = value;
};

const by_device = async () => {
  for (const each of keys.filter((key) => key.dataset.method === "device")) {
    const key = await kept(each.dataset.point);
    if (key) return { public_key: each.dataset.keyId, signature: await sign(key, text) };
  }
  return null;
};

const by_passkey = async () => {
  const mine = keys.filter((key) => key.dataset.method === "passkey");
  if (!mine.length || !window.PublicKeyCredential) return null;
  const given = await navigator.credentials.get({
    publicKey: {
      challenge: await digest(text),
      rpId: place.dataset.rp,
      userVerification: "required",
      allowCredentials: mine.map((key) => ({ type: "public-key", id: fromBase64url(key.dataset.credential) })),
    },
  });
  const used = mine.find((key) => key.dataset.credential === base64url(given.rawId));
  return {
    public_key: used.dataset.keyId,
    signature: base64url(given.response.signature),
    authenticator_data: base64url(given.response.authenticatorData),
    client_data: base64url(given.response.clientDataJSON),
  };
};

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  if (under_way) return;
  under_way = true;
  wrong.hidden = true;
  if (!secure()) return say(place.dataset.noSecure);
  try {
    const answer = (await by_device()) || (await by_passkey());
    if (!answer) return say(place.dataset.noKey);
    fill(answer);
    form.submit();
  } catch {
    say(place.dataset.failed);
  }
});
