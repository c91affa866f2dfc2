// Buttons and selects of a message.
import { press, Problem } from "./api.js";
import { el, icon } from "./dom.js";
import { link } from "./markdown.js";
import { track } from "./pending.js";
import { picker } from "./picker.js";
import { state } from "./state.js";

const STYLES = { 1: "primary", 2: "quiet", 3: "success", 4: "danger", 5: "link", 6: "quiet" };

export function rows(components, message) {
  const found = components.filter((row) => row.type === 1);
  if (!found.length) return null;
  const box = el("div", { class: "controls" });
  for (const row of found) {
    const line = el("div", { class: "controls-row" });
    for (const part of row.components) line.append(part.type === 2 ? button(part, message) : select(part, message));
    box.append(line);
  }
  return box;
}

export function button(part, message) {
  const face = [part.emoji?.id ? `:${part.emoji.name}:` : part.emoji?.name, part.label].filter(Boolean).join(" ");
  const style = STYLES[part.style] ?? "quiet";
  if (part.style === 5) {
    const anchor = link(part.url, face);
    if (!anchor.href || part.disabled) return el("button", { class: "push link", type: "button", disabled: true, text: face });
    anchor.className = "push link";
    anchor.append(icon("out"));
    return anchor;
  }
  const key = `${message.id}-${part.custom_id}`;
  const node = el("button", { class: `push ${style}`, type: "button", disabled: part.disabled, data: { key } }, el("span", { text: face || "Button" }));
  node.addEventListener("click", () => send(message, part, key, node));
  return node;
}

export function select(part, message) {
  const key = `${message.id}-${part.custom_id}`;
  const one = picker(part, {
    label: part.placeholder || "Choose",
    key,
    done: (values) => send(message, part, key, one.button, values),
  });
  return one.element;
}

async function send(message, part, key, node, values) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  const about = { kind: "press", messageId: message.id, key, name: part.label ?? part.placeholder ?? "" };
  try {
    const body = { member: state.member, message_id: message.id, custom_id: part.custom_id };
    const said = await press(values ? { ...body, values } : body);
    track(said.interaction_id, about);
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    node.removeAttribute("aria-busy");
    track(null, { ...about, failed: problem.message });
  }
}
