// Backstage: three tabs beside the channel.
import { el, icon } from "./dom.js";
import { ledgerPanel } from "./ledger.js";
import { switchesPanel } from "./switches.js";
import { wirePanel } from "./wire.js";
import { recall, remember } from "./state.js";

const drawer = document.getElementById("drawer");
const opener = document.getElementById("open-drawer");
const stage = document.getElementById("stage");
const TABS = [
  ["wire", "Wire", wirePanel],
  ["ledger", "Ledger", ledgerPanel],
  ["switches", "Switches", switchesPanel],
];
const tabs = new Map();
const panels = new Map();

export function buildDrawer() {
  const list = el("div", { class: "tabs", role: "tablist", "aria-label": "Backstage" });
  const bodies = [];
  for (const [name, label, make] of TABS) {
    const tab = el("button", { class: "tab", type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `panel-${name}`, text: label, on: { click: () => choose(name) } });
    const panel = make();
    const body = el("div", { class: "panel", role: "tabpanel", id: `panel-${name}`, "aria-labelledby": `tab-${name}`, tabindex: "0" }, panel.element);
    tabs.set(name, tab);
    panels.set(name, { ...panel, body });
    list.append(tab);
    bodies.push(body);
  }
  list.addEventListener("keydown", (event) => {
    const names = TABS.map(([name]) => name);
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const next = names[(names.indexOf(current()) + move + names.length) % names.length];
    choose(next);
    tabs.get(next).focus();
  });
  const close = el("button", { class: "icon-button", type: "button", "aria-label": "Close backstage", on: { click: () => show(false) } }, icon("close"));
  drawer.append(el("header", { class: "drawer-head" }, el("h2", { text: "Backstage" }), close), list, ...bodies);
  opener.querySelector(".tool-icon").append(icon("pulse"));
  opener.addEventListener("click", () => show(drawer.hidden));
  drawer.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
  choose(recall("tab") ?? "wire");
  if (recall("drawer") === "open" && innerWidth > 1100) show(true, false);
}

const current = () => TABS.map(([name]) => name).find((name) => tabs.get(name).getAttribute("aria-selected") === "true");

function choose(name) {
  if (!tabs.has(name)) return choose("wire");
  for (const [each, tab] of tabs) {
    tab.setAttribute("aria-selected", String(each === name));
    tab.tabIndex = each === name ? 0 : -1;
    panels.get(each).body.hidden = each !== name;
  }
  remember("tab", name);
  tell();
}

export function show(open, move = true) {
  drawer.hidden = !open;
  stage.classList.toggle("with-drawer", open);
  opener.setAttribute("aria-expanded", String(open));
  remember("drawer", open ? "open" : "closed");
  tell();
  if (!move) return;
  if (open) tabs.get(current()).focus();
  else opener.focus();
}

/** Each panel learns whether it is in sight. */
function tell() {
  for (const [name, panel] of panels) panel.seen?.(!drawer.hidden && name === current());
}
