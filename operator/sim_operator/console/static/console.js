// What the pages gain with JavaScript: times in the viewer's zone, parts that stay current, search
// while typing, a colour scheme by choice. Without it every page reads and every form works.
import { keepCurrent, replaceFrom } from "./live.js";
import { localTimes } from "./times.js";

const SCHEMES = ["system", "light", "dark"];

function scheme() {
  const button = document.querySelector("[data-scheme-switch]");
  if (!button) return;
  const root = document.documentElement;
  const show = () => {
    const chosen = root.dataset.scheme ?? "system";
    button.textContent = button.dataset[chosen];
    button.setAttribute("aria-label", `Colours: ${button.dataset[chosen]}. Change`);
  };
  button.hidden = false;
  button.addEventListener("click", () => {
    const now = SCHEMES.indexOf(root.dataset.scheme ?? "system");
    const next = SCHEMES[(now + 1) % SCHEMES.length];
    if (next === "system") delete root.dataset.scheme;
    else root.dataset.scheme = next;
    try {
      localStorage.setItem("scheme", next);
    } catch {
      // No storage is allowed: the choice lasts as long as this page.
    }
    show();
  });
  show();
}

// A form that only asks (GET): its answer replaces the live parts, and the address tells of it.
function searchWhileTyping() {
  const form = document.querySelector("form[data-instant]");
  if (!form) return;
  let timer;
  let newest = 0;
  const ask = async () => {
    const filled = [...new FormData(form)].filter(([, value]) => value !== "");
    const address = `${form.getAttribute("action")}?${new URLSearchParams(filled)}`;
    const mine = ++newest;
    if (await replaceFrom(address, () => mine === newest)) history.replaceState(null, "", address);
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(timer);
    ask();
  });
}

function pickAll() {
  document.addEventListener("change", (event) => {
    const all = event.target.closest("[data-pick-all]");
    if (!all) return;
    for (const box of document.querySelectorAll("[data-pick]")) box.checked = all.checked;
  });
}

function copyButtons() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    if (!navigator.clipboard) continue;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      const before = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = before; }, 2000);
    });
  }
}

scheme();
localTimes(document);
searchWhileTyping();
pickAll();
copyButtons();
keepCurrent();
