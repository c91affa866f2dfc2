// What crossed the wire, and what was refused.
import { wire } from "./api.js";
import { el } from "./dom.js";
import { on } from "./state.js";
import { timeOfDay } from "./time.js";

const KEPT = 400;
const CODES = {
  10003: "unknown channel",
  10008: "unknown message",
  10015: "unknown webhook: the token is no longer known",
  10062: "unknown interaction: 3 seconds were over",
  20028: "rate limited",
  30046: "too many edits of an old message",
  40005: "the file is too large",
  40060: "answered already",
  40094: "too many followups of a user's app",
  50001: "missing access",
  50007: "this member takes no direct messages",
  50013: "missing permissions",
  50027: "the token died: 15 minutes were over",
  50035: "invalid form body",
};
const FILTERS = [
  ["all", "All", () => true],
  ["discord", "Discord", (one) => one.half === "discord"],
  ["scenario", "Scenario", (one) => one.half === "scenario"],
  ["gateway", "Gateway", (one) => one.kind === "event"],
  ["refused", "Refused", (one) => refused(one)],
];
const PREFIXES = [
  ["/discord/api/v10", "discord"],
  ["/discord/cdn", "files"],
  ["/scenario/v1", "scenario"],
  ["/scenario", "scenario"],
];
const DULL = new Set(["HEARTBEAT", "HEARTBEAT_ACK"]);

const refused = (one) => one.kind === "violation" || (one.kind === "request" && (one.status >= 400 || one.status === 0));

export function wirePanel() {
  const records = [];
  const list = el("ol", { class: "wire" });
  const trouble = document.getElementById("trouble");
  let filter = FILTERS[0];
  let visible = false;
  let missed = 0;
  const none = el("p", { class: "panel-empty", text: "Nothing yet. Every request and every gateway event appears here." });
  const chips = FILTERS.map((each) => {
    const chip = el("button", { class: "chip", type: "button", "aria-pressed": String(each === filter), text: each[1] });
    chip.addEventListener("click", () => {
      filter = each;
      chips.forEach((other) => other.setAttribute("aria-pressed", String(other === chip)));
      paint();
    });
    return chip;
  });
  const clear = el("button", { class: "text-button", type: "button", text: "Clear", on: { click: () => { records.length = 0; missed = 0; paint(); badge(); } } });
  const box = el("div", { class: "wire-box", tabindex: "0", role: "region", "aria-label": "Records" }, list, none);
  const element = el("div", { class: "wire-panel" }, el("div", { class: "wire-tools", role: "group", "aria-label": "Show" }, ...chips, clear), box);

  function paint() {
    list.replaceChildren(...records.filter(filter[2]).slice(-KEPT).map(row));
    none.hidden = list.children.length > 0;
    box.scrollTop = box.scrollHeight;
  }
  function badge() {
    trouble.hidden = missed === 0;
    trouble.textContent = missed > 99 ? "99+" : String(missed);
    trouble.setAttribute("aria-label", `${missed} refused`);
  }
  function add(record) {
    if (record.kind === "event" && DULL.has(record.name)) return;
    records.push(record);
    if (records.length > 1000) records.shift();
    if (refused(record) && !visible) {
      missed += 1;
      badge();
    }
    if (!visible || !filter[2](record)) return;
    const end = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
    list.append(row(record));
    none.hidden = true;
    while (list.children.length > KEPT) list.firstChild.remove();
    if (end) box.scrollTop = box.scrollHeight;
  }
  on("wire", add);
  on("wire-again", async () => {
    const all = await wire().catch(() => null);
    if (!all) return;
    records.splice(0, records.length, ...all.filter((one) => !(one.kind === "event" && DULL.has(one.name))));
    if (visible) paint();
  });
  return {
    element,
    seen: (now) => {
      visible = now;
      if (!now) return;
      missed = 0;
      badge();
      paint();
    },
  };
}

function row(one) {
  const item = el("li", { class: `wire-row ${one.kind}${refused(one) ? " refused" : ""}` });
  const start = (name) => el("span", { class: "wire-start" }, tag(name), el("span", { class: "wire-time", text: timeOfDay(one.at) }));
  if (one.kind === "event") {
    const from = one.direction === "in" ? "from the bot" : "to the bot";
    item.append(start("gateway"), el("span", { class: "wire-what" }, el("span", { "aria-hidden": "true", text: one.direction === "in" ? "← " : "→ " }), one.name, el("span", { class: "unseen", text: ` ${from}` })));
    return item;
  }
  if (one.kind === "violation") {
    const { at, kind, what, ...facts } = one;
    const words = Object.entries(facts).map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`);
    item.append(start("careless"), el("span", { class: "wire-what" }, what, words.length ? el("small", { text: words.join(" · ") }) : null));
    return item;
  }
  const [prefix, name] = PREFIXES.find(([start]) => one.path.startsWith(start)) ?? ["", one.half];
  const path = one.path.slice(prefix.length).replace(/\d{15,}/g, (id) => `…${id.slice(-4)}`);
  item.append(
    start(name),
    el("span", { class: "wire-what", title: `${one.method} ${one.path}` }, el("b", { text: one.method }), ` ${path}`, reason(one)),
    el("span", { class: "wire-end" }, el("span", { class: "wire-status", text: one.status || "reset" }), el("span", { class: "wire-ms", text: `${Math.round(one.ms)} ms` })),
  );
  return item;
}

const tag = (name) => el("span", { class: `wire-tag ${name}`, text: name });

function reason(one) {
  if (!refused(one)) return null;
  const words = CODES[one.code] ?? (one.status === 429 ? "rate limited" : "");
  const code = one.code === null || one.code === undefined ? "" : `code ${one.code}`;
  return code || words ? el("small", { text: [code, words].filter(Boolean).join(": ") }) : null;
}
