// Bad luck on demand.
import { advance, fault, Problem, restart, turn } from "./api.js";
import { announce, el, fresh } from "./dom.js";
import { on, state } from "./state.js";

const SWITCHES = [
  ["slow", "Slow", "Every picture takes 20 seconds."],
  ["full", "No free place", "Scenario takes no more jobs; requests wait in line."],
  ["failing", "Failing", "Every job fails at Scenario, and the CU come back."],
  ["moderated", "Moderated", "The provider refuses every prompt."],
  ["down", "Scenario is down", "Every request to it answers 503."],
  ["rate_limited", "Rate-limited", "Discord answers the next 4 edits with 429. It goes off by itself."],
];
const GATEWAY = [
  ["op7", "Reconnect", "Discord asks the bot to connect again and resume."],
  ["op9", "Forget the session", "The session is invalid; the bot starts a new one."],
  ["drop", "Pull the plug", "The connection ends without a word."],
];

export function switchesPanel() {
  const said = el("p", { class: "panel-said", role: "status" });
  const rows = SWITCHES.map(([name, label, note]) => switchRow(name, label, note, attempt));
  const again = el("button", { class: "push quiet", type: "button", on: { click: () => attempt(restart, "The bot is being restarted.") } }, el("span", { text: "Restart the bot" }));
  const why = el("p", { class: "switch-note" });
  const element = el(
    "div",
    { class: "switches" },
    el("section", {}, el("h3", { text: "Scenario and Discord" }), ...rows.map((one) => one.element)),
    el("section", {}, el("h3", { text: "The bot" }), el("div", { class: "deed" }, again, why), ...GATEWAY.map(deed)),
    el("section", {}, el("h3", { text: "Time" }), el("div", { class: "deed" }, el("button", { class: "push quiet", type: "button", on: { click: () => attempt(() => advance(900), "15 minutes have passed.") } }, el("span", { text: "15 minutes pass" })), el("p", { class: "switch-note", text: "Tokens of interactions die; the bot edits with its own." }))),
    said,
  );

  function deed([kind, label, note]) {
    const act = () => attempt(() => fault({ half: "gateway", kind, times: 1 }), `${label}: done.`);
    return el("div", { class: "deed" }, el("button", { class: "push quiet", type: "button", on: { click: act } }, el("span", { text: label })), el("p", { class: "switch-note", text: note }));
  }
  async function attempt(act, words) {
    try {
      await act();
      said.textContent = words;
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      said.textContent = problem.message;
    }
    announce(said.textContent);
  }
  on("live", () => {
    rows.forEach((one) => one.paint());
    again.disabled = !state.live.supervised;
    why.textContent = state.live.supervised
      ? "The process ends and starts anew; what was under way goes on."
      : "Works under make demo. Here, pull the plug instead.";
  });
  return { element };
}

function switchRow(name, label, note, attempt) {
  const id = fresh("switch");
  const knob = el("button", { class: "switch", type: "button", role: "switch", "aria-checked": "false", "aria-labelledby": id, "aria-describedby": `${id}-note`, data: { key: `switch-${name}` } }, el("span", { class: "switch-knob" }));
  const isOn = () => Boolean(state.live.switches[name]);
  knob.addEventListener("click", () => attempt(() => turn(name, !isOn()), `${label}: ${isOn() ? "off" : "on"}.`));
  const element = el("div", { class: "switch-row" }, el("div", {}, el("p", { class: "switch-name", id, text: label }), el("p", { class: "switch-note", id: `${id}-note`, text: note })), knob);
  return { element, paint: () => knob.setAttribute("aria-checked", String(isOn())) };
}
