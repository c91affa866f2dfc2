// Discord's inline marks as nodes. Text is never parsed as HTML.
import { announce, el } from "./dom.js";
import { nameOf, state } from "./state.js";
import { moment } from "./time.js";

const DEEPEST = 8;
const MESSAGE = /^https:\/\/(?:\w+\.)?discord\.com\/channels\/(?:@me|\d+)\/(\d+)(?:\/(\d+))?\/?$/;
const PAIRS = [
  ["***", (inner) => el("strong", {}, el("em", {}, inner))],
  ["**", (inner) => el("strong", {}, inner)],
  ["__", (inner) => el("u", {}, inner)],
  ["~~", (inner) => el("s", {}, inner)],
  ["||", (inner) => spoiler(inner)],
  ["*", (inner) => el("em", {}, inner)],
  ["_", (inner) => el("em", {}, inner)],
];
const TOKENS = [
  [/^<@!?(\d+)>/, ([, id]) => el("span", { class: "mention", text: `@${nameOf(id)}` })],
  [/^<@&(\d+)>/, ([, id]) => el("span", { class: "mention", text: `@${nameOf(id)}` })],
  [/^<#(\d+)>/, ([, id]) => el("span", { class: "mention", text: nameOf(id) })],
  [/^<\/([^:<>]{1,100}):(\d+)>/, ([, name]) => el("span", { class: "mention", text: `/${name}` })],
  [/^<t:(-?\d{1,13})(?::([tTdDfFR]))?>/, ([, seconds, form]) => moment(Number(seconds), form)],
  [/^<a?:(\w{2,32}):\d+>/, ([, name]) => el("span", { text: `:${name}:` })],
  [/^@(?:everyone|here)\b/, ([text]) => el("span", { class: "mention", text })],
  [/^\[([^\]\n]{1,500})\]\(<?(https?:\/\/[^\s<>()]{1,1500})>?\)/, ([, text, url]) => masked(text, url)],
  [/^<(https?:\/\/[^\s<>]{1,1500})>/, ([, url]) => link(url, url)],
  [/^https?:\/\/[^\s<>]{1,1500}[^\s<>.,:;"'\])]/, ([url]) => link(url, url)],
];

/** A link elsewhere, opened in a page of its own. Anything but http(s) stays text. */
export function link(url, text) {
  let parsed;
  try {
    parsed = new URL(url);
  } catch {
    return el("span", { text });
  }
  const inside = MESSAGE.exec(url);
  if (inside) return messageLink(inside[1], inside[2], text === url ? "" : text);
  if (!["http:", "https:"].includes(parsed.protocol)) return el("span", { text });
  return el("a", { href: parsed.href, target: "_blank", rel: "noopener noreferrer", text });
}

/** A link to a message or a channel of this Discord: its place by name, never its numbers. */
function messageLink(channel, message, text) {
  const here = channel === state.world?.channel.id;
  const place = state.world?.names[channel] ?? "a channel";
  const words = text || (message ? `${place} › message` : place);
  const anchor = el("a", { class: "mention", href: here && message ? `#message-${message}` : "#", text: words });
  anchor.addEventListener("click", (event) => {
    event.preventDefault();
    const node = here && document.querySelector(`[data-key="message-${CSS.escape(message ?? "")}"]`);
    if (!node) return void announce("That message is not on this page.");
    node.scrollIntoView({ block: "center" });
    node.focus();
  });
  return anchor;
}

// A masked link says where it goes: its words are not to be trusted.
function masked(text, url) {
  let host = "";
  try {
    host = new URL(url).host;
  } catch {
    return el("span", { text: `[${text}](${url})` });
  }
  if (MESSAGE.test(url)) return link(url, text);
  return el("span", {}, link(url, text), el("span", { class: "link-host", text: ` (${host})` }));
}

function spoiler(inner) {
  const cover = el("span", { class: "spoiler-text", role: "button", tabindex: "0", "aria-label": "Spoiler: show it" });
  const hidden = el("span", { class: "spoiler-inner", "aria-hidden": "true" }, inner);
  cover.append(hidden);
  const show = (event) => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    if (cover.classList.contains("shown")) return;
    event.preventDefault();
    cover.classList.add("shown");
    hidden.removeAttribute("aria-hidden");
    for (const name of ["role", "tabindex", "aria-label"]) cover.removeAttribute(name);
  };
  cover.addEventListener("click", show);
  cover.addEventListener("keydown", show);
  return cover;
}

/** The nodes of a text. */
export function markdown(text) {
  const nodes = [];
  const parts = text.split(/```(?:([\w+-]{1,20})\n)?\n?([\s\S]*?)\n?```/);
  for (let at = 0; at < parts.length; at += 3) {
    if (parts[at]) nodes.push(...blocks(parts[at]));
    if (at + 2 < parts.length) nodes.push(el("pre", {}, el("code", { text: parts[at + 2] })));
  }
  return nodes;
}

function blocks(text) {
  const nodes = [];
  let quoted = [];
  let plain = [];
  const flushQuote = () => {
    if (quoted.length) nodes.push(el("blockquote", {}, inline(quoted.join("\n"), 0)));
    quoted = [];
  };
  const flushPlain = () => {
    const said = plain.join("\n").replace(/^\n+|\n+$/g, "");
    if (said) nodes.push(el("p", {}, inline(said, 0)));
    plain = [];
  };
  const lines = text.split("\n");
  for (const [number, line] of lines.entries()) {
    if (line.startsWith(">>> ")) {
      flushPlain();
      quoted.push(line.slice(4), ...lines.slice(number + 1));
      break;
    }
    if (line.startsWith("> ")) {
      flushPlain();
      quoted.push(line.slice(2));
    } else if (line.startsWith("-# ")) {
      flushQuote();
      flushPlain();
      nodes.push(el("p", { class: "subtext" }, inline(line.slice(3), 0)));
    } else {
      flushQuote();
      plain.push(line);
    }
  }
  flushQuote();
  flushPlain();
  return nodes;
}

/** The nodes of a line or a paragraph. */
export function inline(text, depth = 0) {
  const nodes = [];
  let plain = "";
  const flush = () => {
    if (plain) nodes.push(document.createTextNode(plain));
    plain = "";
  };
  let at = 0;
  while (at < text.length) {
    const found = depth < DEEPEST ? special(text, at, depth) : null;
    if (found) {
      flush();
      nodes.push(found.node);
      at += found.length;
    } else if (text[at] === "\\" && /[^A-Za-z0-9\s]/.test(text[at + 1] ?? "")) {
      plain += text[at + 1];
      at += 2;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  flush();
  return nodes;
}

function special(text, at, depth) {
  const letter = text[at];
  if (letter === "`") return code(text, at);
  if ("<@[h".includes(letter)) {
    const rest = text.slice(at, at + 2100);
    for (const [pattern, build] of TOKENS) {
      const match = pattern.exec(rest);
      if (match) return { node: build(match), length: match[0].length };
    }
    return null;
  }
  if (!"*_~|".includes(letter)) return null;
  for (const [mark, build] of PAIRS) {
    if (!text.startsWith(mark, at)) continue;
    const end = closing(text, at + mark.length, mark);
    if (end === -1) continue;
    const inner = text.slice(at + mark.length, end);
    return { node: build(inline(inner, depth + 1)), length: inner.length + 2 * mark.length };
  }
  return null;
}

function code(text, at) {
  const ticks = /^`{1,2}/.exec(text.slice(at, at + 2))[0];
  const end = text.indexOf(ticks, at + ticks.length);
  if (end <= at + ticks.length) return null;
  const inner = text.slice(at + ticks.length, end);
  return { node: el("code", { text: inner.trim() || inner }), length: inner.length + 2 * ticks.length };
}

function closing(text, from, mark) {
  if (/\s/.test(text[from] ?? " ") && mark.length === 1) return -1;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "\\") at += 1;
    else if (text.startsWith(mark, at) && at > from) {
      if (mark === "_" && /\w/.test(text[at + 1] ?? "")) continue;
      if (mark === "*" && (text[at + 1] === "*" || text[at - 1] === "*")) continue;
      return at;
    }
  }
  return -1;
}

/** The words of a text without its marks, for screen readers. */
export function plain(text) {
  const box = el("div", {}, markdown(text));
  return box.textContent.replace(/[█░]+/g, " ").replace(/\s+/g, " ").trim();
}
