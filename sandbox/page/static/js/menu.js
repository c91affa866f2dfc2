// What else can be done with a message: commands on it, deleting it.
import { command, Problem, remove } from "./api.js";
import { announce, el, fresh, icon } from "./dom.js";
import { place } from "./popup.js";
import { track } from "./pending.js";
import { state } from "./state.js";

const ON_USER = 2;
const ON_MESSAGE = 3;

function entries(message) {
  const { commands = [], moderator = false } = state.world ?? {};
  const found = [];
  for (const one of commands) {
    if (one.type === ON_MESSAGE) found.push([one.name, () => use(one.name, message.id)]);
    if (one.type === ON_USER) {
      const who = message.author.global_name ?? message.author.username;
      found.push([`${one.name}: ${who}`, () => use(one.name, message.author.id)]);
    }
  }
  if (moderator && !message.ephemeral) found.push(["Delete as a moderator", () => remove(state.member, message.id)]);
  return found;
}

async function use(name, target) {
  const said = await command({ member: state.member, channel: state.channel, name, options: { target } });
  track(said.interaction_id, { kind: "command", name });
}

/** A button with a menu, or null where there is nothing to do. */
export function menuFor(message) {
  const found = entries(message);
  if (!found.length) return null;
  const id = fresh("menu");
  const list = el("div", { class: "popup", popover: "auto", role: "menu", id, "aria-label": "This message" });
  const opener = el(
    "button",
    { class: "icon-button message-menu", type: "button", "aria-label": "More for this message", "aria-haspopup": "menu", popovertarget: id, data: { key: `menu-${message.id}` } },
    icon("dots"),
  );
  const items = found.map(([label, act]) =>
    el("button", {
      class: "popup-row",
      type: "button",
      role: "menuitem",
      text: label,
      on: {
        click: async () => {
          list.hidePopover();
          try {
            await act();
          } catch (problem) {
            if (!(problem instanceof Problem)) throw problem;
            announce(problem.message);
          }
        },
      },
    }),
  );
  list.append(...items);
  list.addEventListener("toggle", (event) => {
    if (event.newState !== "open") return;
    place(list, opener);
    items[0].focus();
  });
  list.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    items[(items.indexOf(document.activeElement) + move + items.length) % items.length].focus();
  });
  return el("div", { class: "message-tools" }, opener, list);
}
