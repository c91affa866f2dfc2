// Times: on messages, and Discord's <t:…> counting live.
import { el } from "./dom.js";
import { now } from "./state.js";

const STEPS = [
  ["year", 31536000],
  ["month", 2592000],
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];
const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const FORMS = {
  t: { timeStyle: "short" },
  T: { timeStyle: "medium" },
  d: { dateStyle: "short" },
  D: { dateStyle: "long" },
  f: { dateStyle: "long", timeStyle: "short" },
  F: { dateStyle: "full", timeStyle: "short" },
};

function ago(seconds) {
  const span = seconds - now();
  const [unit, size] = STEPS.find(([, length]) => Math.abs(span) >= length) ?? STEPS.at(-1);
  return relative.format(Math.round(span / size), unit);
}

const formatted = (seconds, form) => new Intl.DateTimeFormat(undefined, FORMS[form] ?? FORMS.f).format(seconds * 1000);

/** A <time> for <t:seconds:form>. */
export function moment(seconds, form = "f") {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return el("span", { text: "some time" });
  const whole = formatted(seconds, "F");
  const node = el("time", { class: "moment", datetime: date.toISOString(), title: whole });
  if (form === "R") {
    node.dataset.since = seconds;
    node.textContent = ago(seconds);
  } else {
    node.textContent = formatted(seconds, form);
  }
  return node;
}

/** When a message was written. */
export function clock(iso) {
  const seconds = Date.parse(iso) / 1000;
  const today = new Date(now() * 1000).toDateString() === new Date(seconds * 1000).toDateString();
  return el("time", {
    class: "clock",
    datetime: iso,
    title: formatted(seconds, "F"),
    text: formatted(seconds, today ? "t" : "f"),
  });
}

export const timeOfDay = (seconds) => formatted(seconds, "T");

setInterval(() => {
  for (const node of document.querySelectorAll("time[data-since]")) {
    const text = ago(Number(node.dataset.since));
    if (node.textContent !== text) node.textContent = text;
  }
}, 1000);
