// The list of messages: what is unchanged stays in place, so that focus and reading position survive edits.
import { announce, avatar, drawing, el, icon } from "./dom.js";
import { build, dots, loading, summary } from "./message.js";
import { arrived, dismiss, mine } from "./pending.js";
import { on, state } from "./state.js";

const list = document.getElementById("messages");
const scroll = document.getElementById("scroll");
const empty = document.getElementById("empty");
const jump = document.getElementById("jump");
const NEAR = 120;

/** id → {item, signature, loading} */
let drawn = new Map();
let fresh = true;
let stuck = true;

const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;

export function toEnd() {
  stuck = true;
  scroll.scrollTop = scroll.scrollHeight;
  jump.hidden = true;
}

/** Forget what was drawn: another channel or member. */
export function reset() {
  drawn = new Map();
  list.replaceChildren();
  fresh = true;
  stuck = true;
}

export function draw() {
  arrived(state.messages);
  const focused = list.contains(document.activeElement) ? document.activeElement.dataset.key : null;
  const kept = new Map();
  const items = [];
  for (const message of state.messages) {
    const moderator = state.world?.moderator;
    const origin = message.message_reference && state.messages.some((one) => one.id === message.message_reference.message_id);
    const signature = JSON.stringify([message, moderator, origin, state.world?.commands.map((one) => one.version)]);
    const old = drawn.get(message.id);
    let entry = old;
    if (!old || old.signature !== signature) {
      entry = { item: el("li", {}, build(message)), signature, loading: loading(message) };
      if (!fresh) tell(message, old);
      if (!old && !fresh) entry.item.classList.add("arriving");
    }
    kept.set(message.id, entry);
    items.push(entry.item);
  }
  drawn = kept;
  items.push(...mine().map(waiting).filter(Boolean));
  sync(items);
  marks();
  empty.hidden = items.length > 0;
  fresh = false;
  if (focused) {
    const again = list.querySelector(`[data-key="${CSS.escape(focused)}"]`);
    if (again && again !== document.activeElement) again.focus({ preventScroll: true });
  }
  if (stuck) follow();
  else if (!atEnd()) jump.hidden = false;
}

function sync(items) {
  const wanted = new Set(items);
  for (const node of [...list.children]) if (!wanted.has(node)) node.remove();
  items.forEach((item, at) => {
    if (list.children[at] !== item) list.insertBefore(item, list.children[at] ?? null);
  });
}

const spoken = new Map();
function tell(message, old) {
  const words = summary(message);
  // A bar that moves is not news; another word is.
  if (old && spoken.get(message.id) === words) return;
  spoken.set(message.id, words);
  announce(words);
}

/** A command on its way, or one that nobody answered. */
function waiting(one) {
  if (one.kind !== "command") return null;
  const words = one.failed
    ? el("p", { class: "failed" }, icon("warn"), el("span", { text: one.failed }))
    : el("p", { class: "thinking" }, dots(), el("span", { text: "Sending the command…" }));
  const article = el(
    "article",
    { class: "message ephemeral from-bot", tabindex: "-1", "aria-label": one.failed ? `/${one.name}: ${one.failed}` : `/${one.name} is on its way` },
    el("p", { class: "ribbon" }, avatar(one.member), el("span", { class: "ribbon-who", text: state.world?.member.display ?? one.member }), " used ", el("span", { class: "command-name", text: `/${one.name}` })),
    avatar("Imagine", true),
    el("header", { class: "message-head" }, el("span", { class: "who", text: state.world?.bot.name ?? "" }), el("span", { class: "tag", text: "app" })),
    el("div", { class: "message-body" }, words, one.failed && only(one)),
  );
  if (one.failed) announce(one.failed);
  return el("li", {}, article);
}

function only(one) {
  const button = el("button", { class: "text-button", type: "button", text: "Dismiss", on: { click: () => dismiss(one) } });
  return el("p", { class: "only" }, icon("eye"), el("span", { text: "Only you can see this" }), el("span", { class: "dot", text: "·" }), button);
}

/** Buttons that wait, and words below messages whose button nobody answered. */
function marks() {
  for (const node of list.querySelectorAll(".press-failed")) node.remove();
  const busy = new Set(mine().filter((one) => one.kind === "press" && !one.failed).map((one) => one.key));
  for (const node of list.querySelectorAll(".push[data-key], .picker[data-key]")) {
    if (busy.has(node.dataset.key)) node.setAttribute("aria-busy", "true");
    else node.removeAttribute("aria-busy");
  }
  for (const one of mine()) {
    if (one.kind === "command" || !one.failed || !one.messageId) continue;
    const body = drawn.get(one.messageId)?.item.querySelector(".message-body");
    const button = el("button", { class: "text-button", type: "button", text: "Dismiss", on: { click: () => dismiss(one) } });
    body?.append(el("p", { class: "press-failed", role: "alert" }, icon("warn"), el("span", { text: one.failed }), button));
  }
}

/** The first sight of a channel without messages. */
export function welcome(start) {
  const world = state.world;
  const command = world.commands.find((one) => one.call === "imagine" && one.type === 1);
  const picture = drawing(
    "0 0 220 150",
    [
      ["path", { d: "M60 146 92 30M160 146 128 30M110 30V8", class: "easel" }],
      ["rect", { x: 38, y: 22, width: 144, height: 92, rx: 3, class: "canvas" }],
      ["circle", { cx: 146, cy: 52, r: 13, class: "art-sun" }],
      ["path", { d: "M46 106 84 62l24 28 18-20 48 36z", class: "art-hill" }],
      ["path", { d: "M46 106 66 88l22 18z", class: "art-near" }],
      ["path", { d: "M30 118h160", class: "easel" }],
    ],
    "easel-picture",
  );
  const words = !state.live.connected
    ? "The bot is not here yet. As soon as it connects, its commands appear below."
    : command
      ? "Describe a picture and watch it being made. Nothing leaves this machine, and nothing costs anything."
      : "Type / in the box below to see what the bot can do here.";
  const title = world.channel.type === 1 ? `Only you and ${world.bot.name}` : "An empty easel";
  empty.replaceChildren(
    picture,
    el("h2", { text: title }),
    el("p", { text: words }),
    command && state.live.connected ? el("button", { class: "push primary", type: "button", on: { click: () => start(command, { prompt: "a red fox in fresh snow, morning light" }) } }, el("span", { text: "Try /imagine" })) : "",
  );
}

// Whoever presses a button lets go of it where it was: nothing moves meanwhile, or the press is lost.
let held = false;
let behind = false;
document.addEventListener("pointerdown", () => (held = true), true);
for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => setTimeout(release), true); // the click comes first

function release() {
  held = false;
  if (stuck) jump.hidden = true;
  if (behind) follow();
}

/** Stays at the end, if that is where the reader is. */
function follow() {
  behind = stuck && held;
  if (stuck && !held) toEnd();
}

scroll.addEventListener("scroll", () => {
  stuck = atEnd();
  if (stuck && !held) jump.hidden = true;
});
jump.addEventListener("click", toEnd);
// Pictures that load below the reader's eye must not push the end out of sight.
list.addEventListener("load", follow, true);
new ResizeObserver(follow).observe(list);

list.addEventListener("keydown", (event) => walk(event));
scroll.addEventListener("keydown", (event) => event.target === scroll && walk(event));

function walk(event) {
  const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const here = event.target.closest?.("article");
  if (!move || (event.target !== scroll && event.target !== here)) return;
  const all = [...list.querySelectorAll("article.message")];
  const next = here ? all[all.indexOf(here) + move] : all.at(move > 0 ? 0 : -1);
  if (!next) return;
  event.preventDefault();
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

on("pending", draw);
