// A modal that the bot opened: text inputs, selects, buttons to tick and files, checked before they are sent.
import { Problem, submit } from "./api.js";
import { openDialog } from "./dialog.js";
import { el, fresh, icon } from "./dom.js";
import { encode, fileBox } from "./filebox.js";
import { markdown } from "./markdown.js";
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
  const make = { 4: textInput, 19: upload, 21: group, 22: group, 23: box }[part.type] ?? choice;
  const one = make(part, { id, about, label, description });
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
  const words = [el("span", { text: label }), part.required === false && el("span", { class: "optional", text: "optional" })];
  if (one.grouped) {
    return el(
      "fieldset",
      { class: "modal-field", "aria-describedby": about },
      el("legend", {}, ...words),
      description && el("p", { class: "modal-about", id: `${id}-about`, text: description }),
      one.element,
      error,
    );
  }
  if (one.labeled) return el("div", { class: "modal-field" }, one.element, error);
  return el(
    "div",
    { class: "modal-field" },
    el("label", { for: id }, ...words),
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
  const one = fileBox({ most: part.max_values ?? 1, id, about, changed: () => one.element.dispatchEvent(new Event("change")) });
  return {
    element: one.element,
    control: one.control,
    value: () => Promise.all(one.files().map(encode)),
    problem: () => one.problem() ?? counted(part, one.files().length),
  };
}

/** Radio buttons, or several checkboxes. */
function group(part, { id }) {
  const single = part.type === 21;
  const inputs = (part.options ?? []).map((one, number) =>
    el("input", { id: number ? null : id, type: single ? "radio" : "checkbox", name: id, value: one.value, checked: one.default }),
  );
  const rows = inputs.map((input, number) => tick(input, part.options[number].label, part.options[number].description));
  const values = () => inputs.filter((one) => one.checked).map((one) => one.value);
  return {
    grouped: true,
    element: el("div", { class: "ticks" }, ...rows),
    control: inputs[0],
    value: values,
    problem: () => (single && !values().length && part.required !== false ? "Choose one." : single ? null : counted(part, values().length)),
  };
}

/** One checkbox, which is never wrong. */
function box(part, { id, label, description }) {
  const control = el("input", { id, type: "checkbox", checked: part.default });
  return { labeled: true, element: el("div", { class: "ticks" }, tick(control, label, description)), control, value: () => control.checked, problem: () => null };
}

const tick = (input, label, note) =>
  el("label", { class: "tick" }, input, el("span", { class: "tick-words" }, el("span", { text: label }), note && el("span", { class: "tick-note", text: note })));
