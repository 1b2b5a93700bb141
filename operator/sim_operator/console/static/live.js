// Parts of the page that stay current: elements with data-live and an id. The page is asked for
// again with its ETag, and what differs is changed in place, so that focus, selection, scroll and
// what was typed or opened stay as they are.
import { localTimes } from "./times.js";

const EVERY = 4000;
const LONGEST = 60000;
const GONE = new Set([403, 404]);
const KEPT = new Set(["open", "checked", "value"]);

let etag = null;
let asked = null;

async function fetched(address, fresh) {
  const headers = { Accept: "text/html" };
  if (!fresh && etag && asked === address) headers["If-None-Match"] = etag;
  const answer = await fetch(address, { headers, credentials: "same-origin", cache: "no-store" });
  const ended = answer.redirected && new URL(answer.url).pathname === "/signin";
  if (ended || GONE.has(answer.status)) {
    // Signed out, not allowed any more, or deleted: the whole page says so.
    location.reload();
    return null;
  }
  if (answer.status === 304) return null;
  if (!answer.ok) throw new Error(`${answer.status}`);
  etag = answer.headers.get("ETag");
  asked = address;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  localTimes(page);
  return page;
}

function sameKind(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName
    && (one.nodeType !== Node.ELEMENT_NODE || one.id === other.id);
}

function take(present, wanted) {
  if (present.nodeType !== Node.ELEMENT_NODE) {
    if (present.nodeValue !== wanted.nodeValue) present.nodeValue = wanted.nodeValue;
    return;
  }
  for (const { name } of [...present.attributes]) {
    if (!wanted.hasAttribute(name) && !KEPT.has(name)) present.removeAttribute(name);
  }
  for (const { name, value } of [...wanted.attributes]) {
    if (!KEPT.has(name) && present.getAttribute(name) !== value) present.setAttribute(name, value);
  }
  const keyed = new Map();
  for (const child of present.children) if (child.id) keyed.set(child.id, child);
  let at = present.firstChild;
  for (const child of [...wanted.childNodes]) {
    const known = child.id ? keyed.get(child.id) : null;
    if (known && known !== at) present.insertBefore(known, at);
    const here = known ?? (at && sameKind(at, child) && !at.id ? at : null);
    if (here) {
      take(here, child);
      at = here.nextSibling;
    } else {
      present.insertBefore(document.importNode(child, true), at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

function show(page) {
  for (const part of page.querySelectorAll("[data-live][id]")) {
    const here = document.getElementById(part.id);
    if (here) take(here, part);
  }
}

export async function replaceFrom(address, wanted) {
  try {
    const page = await fetched(address, true);
    if (page && wanted()) show(page);
    return page !== null && wanted();
  } catch {
    location.assign(address);
    return false;
  }
}

export function keepCurrent() {
  if (!document.querySelector("[data-live]")) return;
  const lost = document.getElementById("connection");
  let wait = EVERY;
  let timer;
  let asking = false;
  const again = async () => {
    asking = true;
    if (!document.hidden) {
      try {
        const address = location.pathname + location.search;
        const page = await fetched(address, false);
        if (page && address === location.pathname + location.search) show(page);
        wait = EVERY;
        if (lost) lost.hidden = true;
      } catch {
        wait = Math.min(wait * 2, LONGEST);
        if (lost) lost.hidden = false;
      }
    }
    asking = false;
    timer = setTimeout(again, wait);
  };
  const now = () => {
    if (asking || document.hidden) return;
    clearTimeout(timer);
    again();
  };
  timer = setTimeout(again, wait);
  // Whoever comes back to the page, or to the network, does not wait for the next turn.
  window.addEventListener("online", now);
  document.addEventListener("visibilitychange", now);
}
