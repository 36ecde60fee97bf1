// Is this file one of the house's? Its digest is reckoned here, and nothing else is sent.

const form = document.querySelector("[data-verify]");
const drop = form?.querySelector("[data-drop]");

const reckon = async (file) => {
  const said = form.querySelector("[data-said]");
  if (!globalThis.crypto?.subtle) {
    said.textContent = form.dataset.insecure;
    return;
  }
  said.textContent = form.dataset.reckoning;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  form.elements.sha256.value = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  form.requestSubmit();
};

if (drop) {
  drop.hidden = false;
  form.elements.paper.addEventListener("change", (event) => {
    if (event.target.files.length) reckon(event.target.files[0]);
  });
  for (const name of ["dragover", "dragenter"]) {
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) reckon(event.dataTransfer.files[0]);
  });
}
