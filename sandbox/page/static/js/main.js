// Ties the parts together: who, where, and what to read again when something changed.
import * as api from "./api.js";
import { focusComposer, refresh, renew, start } from "./composer.js";
import { announce, icon } from "./dom.js";
import { buildDrawer } from "./drawer.js";
import { follow } from "./feed.js";
import { openHelp } from "./help.js";
import { draw, reset, welcome } from "./messages.js";
import { openModal } from "./modal.js";
import { recheck } from "./pending.js";
import { drawSidebar } from "./sidebar.js";
import { emit, on, recall, remember, state } from "./state.js";

const $ = (id) => document.getElementById(id);
const stage = $("stage");
const veil = $("veil");

// -- reading ------------------------------------------------------------------------------------------

const AGAIN = 1000;

/** Runs `act`, and once more when it was asked for meanwhile, or when it failed: what changed is read in the end. */
function once(act) {
  let running = false;
  let again = false;
  let failed = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        await act();
      } while (again);
      if (failed) hear(state.live); // the notice of the failure gives way to what is true now
      failed = false;
    } catch (problem) {
      if (!(problem instanceof api.Problem)) throw problem;
      notice(problem.message);
      failed = true;
      // Without an answer nothing is known; a refusal would only be said again.
      if (!problem.status) setTimeout(run, AGAIN);
    } finally {
      running = false;
    }
  };
}

const readMessages = once(async () => {
  const { member, channel } = state;
  const found = await api.messages(member, channel);
  if (member !== state.member || channel !== state.channel) return;
  const unknown = found.some((one) => !(one.author.id in state.world.names));
  state.messages = found;
  if (unknown) await readWorld();
  draw();
});

const readWorld = once(async () => {
  const { member, channel } = state;
  const found = await api.world(member, channel);
  if (member !== state.member || channel !== state.channel) return;
  state.world = found;
  hear(found.state);
  drawPlace();
});

/** Ids of the channels of which something was told while a place is being read: it may have been read before that. */
let told = new Set();

async function go(member, channel) {
  const other = member !== state.member;
  if (other && /^(dm|away|hushed|private):/.test(channel)) channel = channel.replace(/:.*/, `:${member}`);
  state.member = member;
  state.channel = channel;
  remember("member", member);
  history.replaceState(null, "", `#${channel}`);
  closeSidebar();
  reset();
  state.messages = [];
  told = new Set();
  try {
    const [world, messages] = await Promise.all([api.world(member, channel), api.messages(member, channel)]);
    if (member !== state.member || channel !== state.channel) return;
    state.world = world;
    state.messages = messages;
  } catch (problem) {
    if (!(problem instanceof api.Problem)) throw problem;
    // a thread that is gone, or is none of theirs, is no reason to be somebody else
    if (problem.status && channel !== "general") return go(member, "general");
    if (problem.status && member !== "alice") return go("alice", "general");
    return notice(problem.message);
  }
  state.unread.delete(state.world.channel.id);
  hear(state.world.state);
  drawPlace();
  renew();
  draw();
  if (told.has(state.world.channel.id)) readMessages();
  if (following !== member) connect();
  announce(`You are ${state.world.member.display}, in ${title()}`);
}

// -- the stream ---------------------------------------------------------------------------------------

let following = null;
function connect() {
  following = state.member;
  follow(state.member, {
    open: () => {
      notice("");
      readWorld();
      readMessages();
      emit("wire-again");
    },
    lost: () => notice("The sandbox does not answer. This page goes on as soon as it is back."),
    channel: ({ id }) => {
      told.add(id);
      if (id === state.world?.channel.id) return readMessages();
      if (state.unread.has(id)) return; // a button that is drawn anew under a finger loses the press
      state.unread.add(id);
      drawSidebar(go);
    },
    wire: (record) => {
      emit("wire", record);
      if (record.kind === "request" && record.half === "discord" && record.path.includes("/interactions/")) recheck(record.path);
    },
    state: (said) => {
      const around = (live) => `${live.connected} ${live.commands} ${live.threads}`;
      const news = around(said) !== around(state.live);
      hear(said, news);
      if (news) readWorld();
    },
  });
}

/** `news`: whether what stands around the messages may have changed. */
function hear(said, news = true) {
  state.live = said;
  emit("live");
  const { world } = state;
  if (!news || !world) return;
  drawSidebar(go);
  welcome(start);
  if (!said.connected) notice("The bot is not connected. What you send now has nobody to answer it.");
  else if (!world.channel.bot && world.channel.guild) notice("The bot is not in this server. Its commands work here as your own app.");
  else notice("");
}

function notice(text) {
  const box = $("notice");
  box.textContent = text;
  box.hidden = !text;
}

// -- around the messages ------------------------------------------------------------------------------

const title = () => (state.world.channel.type === 1 ? state.world.bot.name : `#${state.world.channel.name}`);

const NOTES = {
  general: "Where everything is tried first",
  brainstorm: "Half-finished thoughts, shown in public",
  locked: "The bot may not attach files here",
  "age-restricted": "For adults only",
};

function aboutThread({ type, parent, post, locked, archived }) {
  if (type === 15) return "A forum: its posts are listed below it";
  if (parent === undefined) return null;
  const kind = post ? "A post" : type === 12 ? "A private thread" : "A thread";
  return `${kind} in #${parent}${locked ? ", locked" : archived ? ", archived" : ""}`;
}

function drawPlace() {
  const { channel } = state.world;
  const name = title();
  $("place").textContent = name;
  $("place-note").textContent = channel.type === 1 ? "Direct messages" : aboutThread(channel) ?? NOTES[state.channel] ?? channel.guild ?? "A group of friends";
  document.title = `${name} · Imagine sandbox`;
  $("scroll").setAttribute("aria-label", `Messages in ${name}`);
  drawSidebar(go);
  welcome(start);
  refresh();
}

function openSidebar() {
  stage.classList.add("with-sidebar");
  veil.hidden = false;
  $("open-sidebar").setAttribute("aria-expanded", "true");
  $("close-sidebar").focus();
}

function closeSidebar(move = false) {
  stage.classList.remove("with-sidebar");
  veil.hidden = true;
  $("open-sidebar").setAttribute("aria-expanded", "false");
  if (move) $("open-sidebar").focus();
}

const THEMES = { auto: ["auto", "Colors: as the system"], light: ["sun", "Colors: light"], dark: ["moon", "Colors: dark"] };

function theme(chosen) {
  if (chosen === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
  remember("theme", chosen);
  const [sign, label] = THEMES[chosen];
  $("theme").replaceChildren(icon(sign));
  $("theme").setAttribute("aria-label", label);
  $("theme").title = label;
}

function neighbor(move) {
  const keys = state.world.channels.map((one) => one.key);
  const at = keys.indexOf(state.channel);
  go(state.member, keys[(at + move + keys.length) % keys.length]);
}

const typing = (node) => node.closest("input, textarea, select, [contenteditable], dialog");

document.addEventListener("keydown", (event) => {
  if (event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.closest("dialog")) {
    event.preventDefault();
    neighbor(event.key === "ArrowDown" ? 1 : -1);
  } else if (event.key === "/" && !typing(event.target)) {
    event.preventDefault();
    focusComposer();
  } else if (event.key === "Escape" && !event.defaultPrevented) {
    if (stage.classList.contains("with-sidebar")) closeSidebar(true);
    else if (event.target.closest("#scroll, #sidebar")) focusComposer();
  }
});

on("modal", openModal);
$("open-sidebar").append(icon("menu"));
$("open-sidebar").addEventListener("click", openSidebar);
$("sidebar").addEventListener("click", (event) => event.target.closest("#close-sidebar") && closeSidebar(true));
veil.addEventListener("click", () => closeSidebar(true));
$("help").append(icon("help"));
$("help").addEventListener("click", openHelp);
$("theme").addEventListener("click", () => {
  const order = Object.keys(THEMES);
  theme(order[(order.indexOf(recall("theme") ?? "auto") + 1) % order.length]);
});
document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  focusComposer();
});
addEventListener("hashchange", () => {
  const channel = decodeURIComponent(location.hash.slice(1));
  if (channel && channel !== state.channel) go(state.member, channel);
});

theme(THEMES[recall("theme")] ? recall("theme") : "auto");
buildDrawer();
await go(recall("member") ?? "alice", decodeURIComponent(location.hash.slice(1)) || "general");
if (innerWidth > 700) focusComposer();
