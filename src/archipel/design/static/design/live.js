// SPDX-License-Identifier: AGPL-3.0-or-later
// Keeps regions marked data-refresh="seconds" up to date by reading the page itself again. Without this file the page
// says the same, once. A region is left when its fresh copy has no data-refresh, or after data-refresh-until seconds.

const LONGEST_WAIT = 60;
const DEFAULT_LIMIT = 1800;

const spoken = document.createElement("p");
spoken.className = "hidden";
spoken.setAttribute("aria-live", "polite");

/** Keeps what the reader opened, and where their keyboard stands, across a change of content. */
function replaceContent(region, fresh) {
  const focused = region.contains(document.activeElement) ? document.activeElement : null;
  if (focused && (!focused.id || !fresh.querySelector("#" + CSS.escape(focused.id)))) return false;
  const open = new Set([...region.querySelectorAll("details[open][id]")].map((element) => element.id));
  for (const element of fresh.querySelectorAll("details[id]")) if (open.has(element.id)) element.open = true;
  const focusedId = focused && focused.id;
  region.replaceChildren(...fresh.childNodes);
  if (focusedId) document.getElementById(focusedId).focus({ preventScroll: true });
  return true;
}

const shown = new WeakMap();

/** What the server said, without the part of a form that differs at each reading. */
function served(element) {
  const copy = element.cloneNode(true);
  for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken]")) token.remove();
  return copy.innerHTML;
}

/** Returns whether the region still expects news. */
function update(region, page) {
  const fresh = page.getElementById(region.id);
  if (!fresh) return false;
  const words = fresh.dataset.announce;
  const text = served(fresh);
  if (text !== shown.get(region)) {
    if (!replaceContent(region, fresh)) return true;
    shown.set(region, text);
  }
  if (words && words !== region.dataset.announce) {
    region.dataset.announce = words;
    spoken.textContent = words;
  }
  if (fresh.dataset.refresh) return true;
  region.removeAttribute("data-refresh");
  return false;
}

async function readAgain() {
  const answer = await fetch(location.href, { credentials: "same-origin", cache: "no-store" });
  // Signed out, moved or refused: the page as it stands remains true, and its link still works.
  if (answer.redirected || (answer.status >= 400 && answer.status < 500)) return null;
  if (!answer.ok) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

function follow(region) {
  const usual = Math.max(1, Number(region.dataset.refresh) || 5);
  const limit = performance.now() + 1000 * (Number(region.dataset.refreshUntil) || DEFAULT_LIMIT);
  let wait = usual;
  shown.set(region, served(region));
  const later = () => setTimeout(look, wait * 1000);
  async function look() {
    if (performance.now() > limit) return;
    if (document.hidden) return later();
    try {
      const page = await readAgain();
      if (!page || !update(region, page)) return;
      wait = usual;
    } catch {
      wait = Math.min(LONGEST_WAIT, wait * 2);
    }
    later();
  }
  later();
}

const regions = document.querySelectorAll("[data-refresh][id]");
if (regions.length) document.querySelector("main").append(spoken);
regions.forEach(follow);
