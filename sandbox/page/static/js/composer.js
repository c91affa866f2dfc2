// The box below the messages: plain words, or a slash and a command.
import { Problem, say } from "./api.js";
import { matching, parse, ways } from "./commands.js";
import { announce, el, icon } from "./dom.js";
import { carried, encode, handed, LARGEST } from "./filebox.js";
import { size } from "./sizes.js";
import { openSlip } from "./slip.js";
import { state } from "./state.js";
import { suggest } from "./suggest.js";
import { toEnd } from "./messages.js";

const MOST = 10;
const box = document.getElementById("composer");
let slip = null;
let text = null;
let last = null;
let files = [];

const all = () => ways(state.world?.commands ?? []);

/** Draws the plain box. */
export function plainBox() {
  slip = null;
  const problem = el("p", { class: "slip-problem", role: "alert", hidden: true });
  text = el("textarea", { id: "composer-text", class: "composer-text", rows: "1", maxlength: "2000", "aria-label": `Message in ${title()}`, placeholder: hint() });
  const send = el("button", { class: "send", type: "submit", "aria-label": "Send" }, icon("send"));
  const picked = el("div", { class: "plain-files", hidden: true });
  const attach = el("input", { type: "file", class: "drop-input", multiple: true, "aria-label": "Attach files" });
  const line = el("div", { class: "plain-line" }, el("span", { class: "attach" }, icon("plus"), attach), text, send);
  const form = el("form", { class: "plain" }, picked, line);
  files = [];
  attach.addEventListener("change", () => {
    attachFiles([...attach.files]);
    attach.value = "";
    text.focus();
  });
  form.addEventListener("dragover", (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    form.classList.add("over");
  });
  form.addEventListener("dragleave", (event) => !form.contains(event.relatedTarget) && form.classList.remove("over"));
  form.addEventListener("drop", (event) => {
    form.classList.remove("over");
    const dropped = carried(event.dataTransfer);
    if (!dropped.length) return;
    event.preventDefault();
    attachFiles(dropped);
  });
  text.addEventListener("paste", (event) => {
    const pasted = carried(event.clipboardData);
    if (!pasted.length) return;
    event.preventDefault();
    attachFiles(pasted);
  });
  function attachFiles(more) {
    const large = more.find((file) => file.size > LARGEST);
    problem.textContent = large ? `${large.name} is larger than ${size(LARGEST)}.` : "";
    problem.hidden = !large;
    files = [...files, ...more.filter((file) => file.size <= LARGEST)].slice(0, MOST);
    paintFiles();
  }
  function paintFiles() {
    picked.hidden = !files.length;
    picked.replaceChildren(
      ...files.map((file) =>
        handed(file, () => {
          files = files.filter((one) => one !== file);
          paintFiles();
          text.focus();
        }),
      ),
    );
  }
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
    anchor: form,
    find: (typed) => (/^\/[^\n]{0,64}$/.test(typed) ? commands(typed.slice(1)) : []),
    take: (row) => start(row.way, {}),
  });
  text.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      post(problem);
    } else if (event.key === "ArrowUp" && text.value === "" && last && all().some((one) => one.call === last.way.call)) {
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
  const known = way.options && all().find((one) => one.call === way.call);
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
  if (!content && !files.length) return;
  if (content.startsWith("/")) {
    const found = parse(all(), content);
    if (found) return start(...found);
    problem.textContent = "There is no such command here. Type / alone to see them all.";
    problem.hidden = false;
    return;
  }
  try {
    const words = content ? { content } : {};
    await say({ member: state.member, channel: state.channel, ...words, files: await Promise.all(files.map(encode)) });
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
