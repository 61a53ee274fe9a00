// What the pages do beyond HTML: they follow changes, and times count on. Without it they work, too.
"use strict";

const LEAST_MS = 1000; // between two looks
const AGAIN_MS = 5000; // after the server closed the stream for good
const FIELDS = "input:not([type=hidden]), textarea, select";
const REACHED = "a, button, summary, input:not([type=hidden]), textarea, select";

// As Rendering's `took` tells it.
function took(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${Math.floor(whole / 86400)} d ${Math.floor((whole % 86400) / 3600)} h`;
}

function tick() {
  for (const one of document.querySelectorAll("time[data-since]")) {
    one.textContent = took((Date.now() - Date.parse(one.dateTime)) / 1000);
  }
}

// Somebody types: nothing may be taken from under their hands.
function isBusy(main) {
  const busy = (field) => field === document.activeElement || field.value !== startOf(field);
  return [...main.querySelectorAll(FIELDS)].some(busy);
}

function startOf(field) {
  if (field.tagName !== "SELECT") return field.defaultValue;
  const chosen = [...field.options].find((one) => one.defaultSelected) || field.options[0];
  return chosen ? chosen.value : "";
}

// What was unfolded stays so, and what has the focus keeps it.
function swap(main, fresh) {
  const open = new Map([...main.querySelectorAll("details[id]")].map((one) => [one.id, one.open]));
  const at = [...main.querySelectorAll(REACHED)].indexOf(document.activeElement);
  const text = at < 0 ? "" : document.activeElement.textContent;
  for (const one of fresh.querySelectorAll("details[id]")) {
    if (open.has(one.id)) one.open = open.get(one.id);
  }
  main.replaceChildren(...fresh.childNodes);
  if (at < 0) return;
  const reached = [...main.querySelectorAll(REACHED)];
  const same = reached[at] && reached[at].textContent === text ? reached[at] : reached.find((one) => one.textContent === text);
  if (same) same.focus({ preventScroll: true });
}

function tell(id, text) {
  const place = document.getElementById(id);
  if (place.textContent === text) return;
  place.textContent = text;
  place.hidden = false;
}

function summary() {
  const told = document.querySelector("[data-heard]");
  return told ? told.dataset.heard : "";
}

let looking = false;
let missed = false;
let looked = 0;

async function look() {
  if (looking) {
    missed = true;
    return;
  }
  looking = true;
  await new Promise((go) => setTimeout(go, Math.max(0, looked + LEAST_MS - Date.now())));
  missed = false;
  try {
    const answer = await fetch(here(), { headers: { accept: "text/html" } });
    if (answer.redirected) location.reload(); // the session is over
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = document.querySelector("main");
    const fresh = page.querySelector("main");
    if (answer.ok && fresh) {
      if (isBusy(main)) {
        tell("live", "Something has changed: reload the page to see it.");
      } else {
        const before = summary();
        swap(main, fresh);
        tick();
        tell("live", "Live");
        if (summary() !== before) tell("heard", summary());
      }
    }
  } catch {
    tell("live", "The service does not answer; trying again.");
  }
  looked = Date.now();
  looking = false;
  if (missed) look();
}

// The same page, without what the last button came to.
function here() {
  const url = new URL(location.href);
  url.searchParams.delete("said");
  url.hash = "";
  return url.href;
}

// A browser has six connections for a host: a page that nobody sees leaves them to the others.
let events = null;
let lost = false;

function follow() {
  if (events || document.hidden) return;
  events = new EventSource("/api/v1/events");
  events.addEventListener("open", () => {
    tell("live", "Live");
    if (lost) look(); // what changed meanwhile was told to nobody
    lost = false;
  });
  events.addEventListener("change", look);
  events.addEventListener("error", () => {
    tell("live", "The service does not answer; trying again.");
    lost = true;
    if (events && events.readyState === EventSource.CLOSED) {
      leave();
      setTimeout(follow, AGAIN_MS);
    }
  });
}

function leave() {
  if (events) events.close();
  events = null;
  lost = true;
}

setInterval(tick, 1000);
if (document.body.hasAttribute("data-live")) {
  follow();
  document.addEventListener("visibilitychange", () => (document.hidden ? leave() : follow()));
}
