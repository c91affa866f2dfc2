// Places, people, and whether the bot is here.
import { avatar, el, fresh, icon, mark } from "./dom.js";
import { state } from "./state.js";

const NAME = /^[a-z0-9_.]{2,32}$/;
const BEYOND = {
  "guild2/general": ["general", "in a second server"],
  away: ["elsewhere", "a server without the bot"],
  hushed: ["hushed", "a server where apps answer in private"],
  private: ["a group", "friends, without the bot"],
};
// a group, a thread, a private one, a forum
const SIGNS = { 3: "◌", 11: "↳", 12: "↳", 15: "▤" };
const box = document.getElementById("sidebar");

/** `go(member, channel)` is called for every choice. */
export function drawSidebar(go) {
  const { world } = state;
  const focused = box.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const adding = box.querySelector(".new-name input");
  if (adding && adding === document.activeElement) return;
  const group = (name) => world.channels.filter((one) => one.group === name);
  const channels = el("nav", { class: "places", "aria-label": "Channels" });
  channels.append(
    heading("Channels"),
    el("ul", {}, group("server").map((one) => placeRow(one, one.name, go))),
    heading("Direct messages"),
    el("ul", {}, group("direct").map((one) => placeRow(one, world.bot.name, go))),
    beyond(group("beyond"), go),
  );
  box.replaceChildren(
    el("header", { class: "brand" }, mark(), el("div", {}, el("p", { class: "brand-name", text: world.server }), el("p", { class: "brand-note", text: "a stand-in server" })), el("button", { class: "icon-button only-narrow", id: "close-sidebar", type: "button", "aria-label": "Close" }, icon("close"))),
    channels,
    people(go),
    presence(),
  );
  if (focused) box.querySelector(`[data-key="${CSS.escape(focused)}"]`)?.focus();
}

const heading = (text) => el("h2", { class: "sidebar-heading", text });

function placeRow(one, label, go, note) {
  const here = one.key === state.channel || one.id === state.world.channel.id;
  const thread = one.parent !== undefined;
  const unread = one.id && state.unread.has(one.id) && !here;
  const row = el(
    "button",
    { class: `place${thread ? " thread" : ""}${here ? " here" : ""}${unread ? " unread" : ""}`, type: "button", "aria-current": here ? "page" : null, data: { key: `place-${one.key}` }, on: { click: () => go(state.member, one.key) } },
    one.type === 1 ? avatar(label, true) : el("span", { class: "place-sign", "aria-hidden": "true", text: SIGNS[one.type] ?? "#" }),
    el("span", { class: "place-words" }, el("span", { class: "place-name", text: label }), note && el("small", { text: note })),
    unread && el("span", { class: "unread-dot" }, el("span", { class: "unseen", text: "unread" })),
    (one.locked || one.archived) && el("span", { class: "place-tag", text: one.locked ? "locked" : "archived" }),
    one.nsfw && !thread && el("span", { class: "place-tag", text: "18+" }),
    one.files === false && one.bot && !thread && el("span", { class: "place-tag", text: "no files" }),
  );
  return el("li", {}, row);
}

function beyond(list, go) {
  const inside = list.some((one) => one.key === state.channel);
  const rows = list.map((one) => {
    const [label, note] = BEYOND[one.key.split(":")[0]] ?? [one.key, ""];
    return placeRow(one, label, go, note);
  });
  return el("details", { class: "beyond", open: inside || box.querySelector(".beyond")?.open }, el("summary", { class: "sidebar-heading", data: { key: "beyond" } }, "Elsewhere"), el("ul", {}, rows));
}

function people(go) {
  const { world } = state;
  const group = fresh("you");
  const rows = world.members.map((one) => {
    const input = el("input", { type: "radio", name: group, value: one.name, checked: one.name === state.member, data: { key: `you-${one.name}` } });
    input.addEventListener("change", () => go(one.name, state.channel));
    return el("label", { class: "person" }, input, avatar(one.name), el("span", { text: one.display }), one.name === "mod" && el("span", { class: "place-tag", text: "moderator" }));
  });
  return el("section", { class: "people", "aria-label": "Who you are" }, el("fieldset", {}, el("legend", { class: "sidebar-heading", text: "You are" }), el("div", { class: "people-list" }, rows)), newName(go));
}

function newName(go) {
  const id = fresh("name");
  const input = el("input", { id, type: "text", placeholder: "your name", autocomplete: "off", maxlength: "32", "aria-describedby": `${id}-error` });
  const problem = el("p", { class: "field-error", id: `${id}-error`, hidden: true, text: "2 to 32 small letters, digits, dots or underscores." });
  const form = el("form", { class: "new-name", novalidate: true }, el("label", { class: "unseen", for: id, text: "Join under another name" }), input, el("button", { class: "icon-button", type: "submit", "aria-label": "Join" }, icon("plus")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const name = input.value.trim().toLowerCase();
    const right = NAME.test(name) && name !== "operator";
    problem.hidden = right;
    input.setAttribute("aria-invalid", String(!right));
    if (!right) return;
    input.blur();
    go(name, state.channel);
  });
  return el("div", {}, form, problem);
}

function presence() {
  const { connected } = state.live;
  const { bot } = state.world;
  return el("p", { class: `presence${connected ? " on" : ""}` }, el("span", { class: "presence-dot", "aria-hidden": "true" }), `${bot.name} is ${connected ? "connected" : "not connected"}`);
}
