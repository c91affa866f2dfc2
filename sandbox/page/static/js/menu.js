// What else can be done with a message: commands on it, deleting it.
import { command, Problem, remove } from "./api.js";
import { el, fresh, icon } from "./dom.js";
import { place } from "./popup.js";
import { track } from "./pending.js";
import { state } from "./state.js";

const ON_USER = 2;
const ON_MESSAGE = 3;

function entries(message) {
  const { commands = [], moderator = false } = state.world ?? {};
  const found = [];
  // As on Discord: what only one member sees has no apps.
  if (message.ephemeral) return found;
  for (const one of commands) {
    if (one.type === ON_MESSAGE) found.push([one.name, () => use(one.call, message.id)]);
    if (one.type === ON_USER) {
      const who = message.author.global_name ?? message.author.username;
      found.push([`${one.name}: ${who}`, () => use(one.call, message.author.id)]);
    }
  }
  if (moderator) found.push(["Delete as a moderator", () => remove(state.member, message.id)]);
  return found;
}

async function use(name, target) {
  const said = await command({ member: state.member, channel: state.channel, name, options: { target } });
  track(said.interaction_id, { kind: "command", name });
}

/** A button with a menu, which a right click on the message opens as well; null where there is nothing to do. */
export function menuFor(message, article) {
  const found = entries(message);
  if (!found.length) return null;
  const id = fresh("menu");
  const list = el("div", { class: "popup", popover: "auto", role: "menu", id, "aria-label": "This message" });
  const opener = el(
    "button",
    { class: "message-menu", type: "button", "aria-label": "Apps for this message", "aria-haspopup": "menu", popovertarget: id, data: { key: `menu-${message.id}` } },
    icon("dots"),
    el("span", { text: "Apps" }),
  );
  let pointer = null;
  const items = found.map(([label, act]) => el("button", { class: "popup-row", type: "button", role: "menuitem", tabindex: "-1", text: label, on: { click: () => run(act) } }));
  list.append(...items);

  async function run(act) {
    list.hidePopover();
    opener.focus();
    try {
      await act();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      track(null, { kind: "press", messageId: message.id, name: "", failed: problem.message });
    }
  }
  list.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return void (pointer = null);
    place(list, pointer ?? opener);
    items[0].focus();
  });
  list.addEventListener("keydown", (event) => {
    const here = items.indexOf(document.activeElement);
    const next = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") list.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    items.at(next % items.length).focus();
  });
  article.addEventListener("contextmenu", (event) => {
    // A link, a picture and marked words keep the browser's own menu.
    if (event.target.closest("a, img, video, audio, input") || String(getSelection())) return;
    event.preventDefault();
    const byKey = event.clientX === 0 && event.clientY === 0;
    pointer = byKey ? null : { getBoundingClientRect: () => new DOMRect(event.clientX, event.clientY, 0, 0) };
    list.showPopover();
  });
  return el("div", { class: "message-tools" }, opener, list);
}
