// One message, from its JSON.
import { remove, Problem } from "./api.js";
import { rows } from "./components.js";
import { avatar, announce, el, fresh, icon } from "./dom.js";
import { cards } from "./embeds.js";
import { markdown, plain } from "./markdown.js";
import { files } from "./media.js";
import { menuFor } from "./menu.js";
import { clock } from "./time.js";
import { nameOf, state } from "./state.js";
import { layout } from "./layout_components.js";

const LOADING = 128;
const V2 = 1 << 15;

export const loading = (message) => Boolean(message.flags & LOADING);

export function build(message) {
  const id = fresh("from");
  const who = message.author.global_name ?? message.author.username;
  const article = el("article", {
    class: "message",
    tabindex: "-1",
    "aria-labelledby": id,
    data: { key: `message-${message.id}`, id: message.id },
  });
  if (message.ephemeral) article.classList.add("ephemeral");
  if (message.author.bot) article.classList.add("from-bot");
  const origin = ribbon(message);
  if (origin) article.append(origin);
  article.append(
    avatar(message.author.username, message.author.bot),
    el(
      "header",
      { class: "message-head", id },
      el("span", { class: "who", text: who }),
      message.author.bot && el("span", { class: "tag", text: "app" }),
      clock(message.timestamp),
      message.edited_timestamp && el("span", { class: "edited", text: "edited" }),
    ),
  );
  const menu = menuFor(message, article);
  if (menu) article.append(menu);
  article.append(body(message, who));
  return article;
}

function body(message, who) {
  const box = el("div", { class: "message-body" });
  if (loading(message)) {
    box.append(el("p", { class: "thinking" }, dots(), el("span", { text: `${who} is thinking…` })));
  }
  if (message.content) box.append(el("div", { class: "words" }, markdown(message.content)));
  if (message.flags & V2) box.append(...layout(message.components, message));
  const beside = files(message.attachments, message.id);
  if (beside) box.append(beside);
  box.append(...cards(message.embeds, message.id));
  const controls = message.flags & V2 ? null : rows(message.components, message);
  if (controls) box.append(controls);
  if (message.ephemeral) box.append(only(message));
  return box;
}

export const dots = () => el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));

function only(message) {
  const dismiss = el("button", { class: "text-button", type: "button", data: { key: `dismiss-${message.id}` }, text: "Dismiss" });
  dismiss.addEventListener("click", async () => {
    try {
      await remove(state.member, message.id);
      announce("Dismissed");
      document.getElementById("composer-text")?.focus();
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      announce(problem.message);
    }
  });
  return el("p", { class: "only" }, icon("eye"), el("span", { text: "Only you can see this" }), el("span", { class: "dot", text: "·" }), dismiss);
}

/** What the message answers: a command, or another message. */
function ribbon(message) {
  const answered = message.interaction_metadata;
  // A form that a command opened is answered as if the command were.
  const opener = answered?.triggering_interaction_metadata;
  const asked = opener?.name ? opener : answered;
  if (asked?.name) {
    const person = asked.user.global_name ?? asked.user.username;
    return el(
      "p",
      { class: "ribbon" },
      avatar(asked.user.username),
      el("span", { class: "ribbon-who", text: person }),
      " used ",
      el("span", { class: "command-name", text: `${asked.command_type === 1 ? "/" : ""}${asked.name}` }),
    );
  }
  const target = message.message_reference?.message_id;
  if (!target) return null;
  const found = state.messages.find((one) => one.id === target);
  const line = el("p", { class: "ribbon" }, icon("reply"));
  if (asked) line.append(el("span", { class: "ribbon-who", text: nameOf(asked.user.id) }), " pressed a button of ");
  else line.append("In reply to ");
  if (!found) line.append(el("span", { class: "ribbon-link", text: "a message that is gone" }));
  else line.append(el("a", { href: `#message-${target}`, class: "ribbon-link", text: excerpt(found), on: { click: (event) => jump(event, target) } }));
  return line;
}

function jump(event, id) {
  event.preventDefault();
  const node = document.querySelector(`[data-key="message-${CSS.escape(id)}"]`);
  node?.scrollIntoView({ block: "center" });
  node?.focus();
}

/** The first words of a message. */
export function excerpt(message) {
  const text = message.content || message.embeds[0]?.title || message.embeds[0]?.description || "";
  const said = plain(text.trim().split("\n", 1)[0]) || "a message";
  return said.length > 60 ? `${said.slice(0, 59)}…` : said;
}

/** What a screen reader says of a new or changed message. */
export function summary(message) {
  const who = message.author.global_name ?? message.author.username;
  if (loading(message)) return `${who} is thinking`;
  const lines = [message.content, ...message.embeds.map((one) => one.description ?? one.title ?? "")];
  const pictures = message.embeds.filter((one) => one.image).length + message.attachments.length;
  if (message.attachments.some((one) => one.waveform)) lines.push("a voice message");
  const tail = pictures ? `, with ${pictures} ${pictures === 1 ? "file" : "files"}` : "";
  const secret = message.ephemeral ? "Only for you. " : "";
  return `${secret}${who}: ${plain(lines.filter(Boolean).join("\n")).slice(0, 200)}${tail}`.replace(/\d+ ?%/g, "").replace(/(started|asked) [^,]*ago/, "");
}
