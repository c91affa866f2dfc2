// A modal that the bot opened: text inputs, selects and files, checked before they are sent.
import { Problem, submit } from "./api.js";
import { openDialog } from "./dialog.js";
import { el, fresh, icon } from "./dom.js";
import { encode, LARGEST, shown } from "./fields.js";
import { markdown } from "./markdown.js";
import { size } from "./media.js";
import { track } from "./pending.js";
import { picker } from "./picker.js";
import { state } from "./state.js";

export function openModal({ interaction, modal, key }) {
  const title = fresh("modal");
  const inputs = [];
  const problem = el("p", { class: "slip-problem", role: "alert", hidden: true });
  const member = state.member;
  const opener = key ? document.querySelector(`[data-key="${CSS.escape(key)}"]`) : null;
  const parts = modal.components.map((part) => draw(part, inputs));
  const send = el("button", { class: "push primary", type: "submit" }, el("span", { text: "Submit" }));
  const { close } = openDialog({
    className: "modal",
    labelledBy: title,
    opener: opener ?? undefined,
    content: (shut) => [
      el(
        "form",
        { class: "modal-form", novalidate: true, on: { submit: (event) => post(event) } },
        el("header", { class: "modal-head" }, el("h2", { id: title, text: modal.title }), el("button", { class: "icon-button", type: "button", "aria-label": "Close", on: { click: shut } }, icon("close"))),
        el("p", { class: "modal-from" }, `A form of ${state.world?.bot.name}. Do not enter passwords.`),
        ...parts,
        problem,
        el("footer", { class: "modal-foot" }, el("button", { class: "push quiet", type: "button", on: { click: shut } }, el("span", { text: "Cancel" })), send),
      ),
    ],
  });
  inputs[0]?.focus();

  async function post(event) {
    event.preventDefault();
    const wrong = inputs.filter((one) => one.check());
    if (wrong.length) return wrong[0].focus();
    send.disabled = true;
    try {
      const values = {};
      for (const one of inputs) values[one.name] = await one.value();
      const said = await submit({ member, interaction_id: interaction, values });
      track(said.interaction_id, { kind: "command", name: modal.title, member });
      close();
    } catch (refused) {
      if (!(refused instanceof Problem)) throw refused;
      problem.textContent = refused.message;
      problem.hidden = false;
      send.disabled = false;
    }
  }
}

function draw(part, inputs) {
  switch (part.type) {
    case 1:
      return el("div", {}, part.components.map((inner) => field(inner, inner.label, null, inputs)));
    case 10:
      return el("div", { class: "words" }, markdown(part.content));
    case 18:
      return field(part.component, part.label, part.description, inputs);
    default:
      return el("p", { text: "This part of the form is not known here." });
  }
}

function field(part, label, description, inputs) {
  const id = fresh("input");
  const error = el("p", { class: "field-error", id: `${id}-error`, hidden: true });
  const about = [description && `${id}-about`, `${id}-error`].filter(Boolean).join(" ");
  const make = part.type === 4 ? textInput : part.type === 19 ? upload : choice;
  const one = make(part, { id, about, label });
  const check = () => {
    const said = one.problem();
    error.textContent = said ?? "";
    error.hidden = !said;
    one.control.setAttribute("aria-invalid", String(Boolean(said)));
    return said;
  };
  inputs.push({ name: part.custom_id, value: one.value, check, focus: () => one.control.focus() });
  one.element.addEventListener("change", () => !error.hidden && check());
  one.element.addEventListener("input", () => !error.hidden && check());
  return el(
    "div",
    { class: "modal-field" },
    el("label", { for: id }, el("span", { text: label }), part.required === false && el("span", { class: "optional", text: "optional" })),
    description && el("p", { class: "modal-about", id: `${id}-about`, text: description }),
    one.element,
    error,
  );
}

function textInput(part, { id, about }) {
  const long = part.style === 2;
  const control = el(long ? "textarea" : "input", {
    id,
    class: "text-input",
    type: long ? null : "text",
    rows: long ? "4" : null,
    placeholder: part.placeholder,
    "aria-describedby": about,
    "aria-required": part.required === false ? null : "true",
  });
  control.value = part.value ?? "";
  return {
    element: control,
    control,
    value: () => control.value,
    problem: () => {
      const length = [...control.value].length;
      const { min_length: least = 0, max_length: most = 4000 } = part;
      const required = part.required !== false;
      if (required && !control.value.trim()) return "This is required.";
      if ((required || length) && (length < least || length > most)) return `${least} to ${most} characters are allowed, this has ${length}.`;
      return null;
    },
  };
}

function counted(part, count) {
  const least = part.min_values ?? 1;
  const most = part.max_values ?? 1;
  if (!count) return part.required === false ? null : "This is required.";
  return count < least || count > most ? `Choose ${least} to ${most}, not ${count}.` : null;
}

function choice(part, { id, about, label }) {
  const one = picker(part, { label, describedBy: about, done: () => one.element.dispatchEvent(new Event("change")) });
  one.button.id = id;
  return { element: one.element, control: one.button, value: () => one.values(), problem: () => counted(part, one.values().length) };
}

function upload(part, { id, about }) {
  const control = el("input", { id, type: "file", class: "file-input", multiple: (part.max_values ?? 1) > 1, "aria-describedby": about });
  const preview = el("span", { class: "file-preview" });
  control.addEventListener("change", () => preview.replaceChildren(...[...control.files].flatMap(shown)));
  return {
    element: el("div", { class: "file-row" }, control, preview),
    control,
    value: () => Promise.all([...control.files].map(encode)),
    problem: () => {
      const large = [...control.files].find((file) => file.size > LARGEST);
      return large ? `${large.name} is larger than ${size(LARGEST)}.` : counted(part, control.files.length);
    },
  };
}
