// The box below the messages: plain words, or a slash and a command.
import { Problem, say } from "./api.js";
import { matching, parse, ways } from "./commands.js";
import { announce, el, icon } from "./dom.js";
import { openSlip } from "./slip.js";
import { state } from "./state.js";
import { suggest } from "./suggest.js";
import { toEnd } from "./messages.js";

const box = document.getElementById("composer");
let slip = null;
let text = null;
let last = null;

const all = () => ways(state.world?.commands ?? []);

/** Draws the plain box. */
export function plainBox() {
  slip = null;
  const problem = el("p", { class: "slip-problem", role: "alert", hidden: true });
  text = el("textarea", { id: "composer-text", class: "composer-text", rows: "1", maxlength: "2000", "aria-label": `Message in ${title()}`, placeholder: hint() });
  const send = el("button", { class: "send", type: "submit", "aria-label": "Send" }, icon("send"));
  const form = el("form", { class: "plain" }, text, send);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    post(problem);
  });
  text.addEventListener("input", () => {
    problem.hidden = true;
    text.style.setProperty("height", "auto");
    text.style.setProperty("height", `${text.scrollHeight}px`);
    const found = / /.test(text.value) && text.value.startsWith("/") ? parse(all(), text.value) : null;
    if (found) start(...found);
  });
  box.replaceChildren(problem, form);
  suggest(text, {
    label: "Commands",
    eager: true,
    anchor: form,
    find: (typed) => (/^\/[^\n]{0,64}$/.test(typed) ? commands(typed.slice(1)) : []),
    take: (row) => start(row.way, {}),
  });
  text.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      post(problem);
    } else if (event.key === "ArrowUp" && text.value === "" && last && all().some((one) => one.name === last.way.name)) {
      event.preventDefault();
      start(last.way, last.given);
    }
  });
}

function commands(typed) {
  const found = matching(all(), typed).map((way) => ({ way, lead: "/", label: way.name, note: way.description }));
  if (!found.length && state.world && !all().length) {
    throw new Problem(state.live.connected ? "The bot has no commands here." : "The bot is not connected, so there are no commands.", 0);
  }
  return found;
}

const title = () => {
  const { channel, bot } = state.world ?? {};
  if (!channel) return "this channel";
  return channel.type === 1 ? bot.name : `#${channel.name}`;
};

const hint = () => (innerWidth > 760 ? `Write in ${title()}, or type / for commands` : "Write, or type / for commands");

/** Opens a command to be filled in. */
export function start(way, given) {
  const known = way.options && all().find((one) => one.name === way.name);
  const opened = openSlip(known ?? way, given, (sent, values) => {
    if (slip !== opened) return;
    const simple = values && Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value !== "object"));
    if (sent) last = { way, given: simple };
    plainBox();
    text.focus();
    if (sent) toEnd();
  });
  slip = opened;
  text = null;
  box.replaceChildren(opened.form);
  opened.focus();
}

async function post(problem) {
  const content = text.value.trim();
  if (!content) return;
  if (content.startsWith("/")) {
    const found = parse(all(), content);
    if (found) return start(...found);
    problem.textContent = "There is no such command here. Type / alone to see them all.";
    problem.hidden = false;
    return;
  }
  try {
    await say({ member: state.member, channel: state.channel, content });
    plainBox();
    text.focus();
    toEnd();
  } catch (refused) {
    if (!(refused instanceof Problem)) throw refused;
    problem.textContent = refused.message;
    problem.hidden = false;
    announce(refused.message);
  }
}

/** Another place or person: what was typed goes, except a command that exists there as well. */
export const renew = () => plainBox();

/** Commands were synced, came or went. A slip in hand stays. */
export function refresh() {
  if (text === null) return;
  text.placeholder = hint();
  text.setAttribute("aria-label", `Message in ${title()}`);
}

export function focusComposer() {
  (text ?? box.querySelector("input, button"))?.focus();
}
