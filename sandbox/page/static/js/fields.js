// One option of a command as a field: {element, input, value(), error(), touch(), set(text)}.
import { autocomplete } from "./api.js";
import { mistake } from "./commands.js";
import { el, fresh, icon } from "./dom.js";
import { size } from "./media.js";
import { state } from "./state.js";
import { suggest } from "./suggest.js";

export const LARGEST = 10 * 1024 * 1024;
const BOOLEAN = 5;
const FILE = 11;

/** `ctx`: {name of the command, given() of all fields, changed(field), focused(field), anchor}. */
export function makeField(option, ctx) {
  const field = option.type === FILE ? fileField(option, ctx) : textField(option, ctx);
  field.option = option;
  return field;
}

function frame(option, input, extra = []) {
  const id = fresh("option");
  const problem = el("p", { class: "field-error", id: `${id}-error`, hidden: true });
  input.id = id;
  input.setAttribute("aria-describedby", `${id}-error`);
  if (option.required) input.setAttribute("aria-required", "true");
  const label = el("label", { class: "field-name", for: id, text: option.name });
  const element = el("div", { class: `field${option.required ? " required" : ""}`, data: { option: option.name } }, el("div", { class: "field-pill" }, label, input, ...extra), problem);
  return { element, problem };
}

function shared(field, problem) {
  let touched = false;
  field.error = () => field.check();
  field.touch = () => {
    touched = true;
    field.paint();
  };
  field.paint = () => {
    const said = touched ? field.check() : null;
    problem.textContent = said ?? "";
    problem.hidden = !said;
    field.element.classList.toggle("wrong", Boolean(said));
    field.input.setAttribute("aria-invalid", String(Boolean(said)));
  };
  return field;
}

function textField(option, ctx) {
  const input = el("input", {
    class: "field-input",
    type: "text",
    inputmode: option.type === 4 ? "numeric" : option.type === 10 ? "decimal" : null,
    spellcheck: option.type === 3 && !option.autocomplete ? null : "false",
    placeholder: option.type === BOOLEAN ? "true or false" : "",
  });
  const { element, problem } = frame(option, input);
  let chosen = null;
  const field = shared({ element, input }, problem);
  const known = list(option);

  field.value = () => {
    const text = input.value;
    if (text === "" ) return undefined;
    if (chosen && chosen.label === text) return chosen.value;
    const exact = known?.find((one) => one.label.toLowerCase() === text.toLowerCase() || String(one.value) === text);
    if (exact) return exact.value;
    if ((option.type === 4 || option.type === 10) && mistake(option, text) === null) return Number(text);
    return text;
  };
  field.check = () => {
    const value = field.value();
    if (value === undefined) return mistake(option, value);
    if (option.choices?.length || option.type === BOOLEAN) {
      return known.some((one) => one.value === value) ? null : "Choose one from the list.";
    }
    return mistake(option, value);
  };
  field.set = (text) => {
    const found = known?.find((one) => String(one.value) === String(text));
    input.value = found ? found.label : String(text);
    grow();
  };
  // As wide as what is in it; the prompt takes the whole line anyway.
  const grow = () => input.style.setProperty("width", `${Math.min(Math.max(input.value.length + 5, 9), 48)}ch`);
  input.addEventListener("input", () => {
    chosen = null;
    grow();
    if (mistake(option, input.value) !== null && input.value !== "") field.touch();
    else field.paint();
    ctx.changed(field);
  });
  input.addEventListener("blur", () => (input.value || option.required) && ctx.left(field));
  input.addEventListener("focus", () => ctx.focused(field));
  const take = (row) => {
    chosen = { label: row.label, value: row.value };
    input.value = row.label;
    grow();
    field.paint();
    ctx.changed(field);
  };
  if (option.autocomplete) {
    const find = async (text) => {
      const given = Object.fromEntries(Object.entries(ctx.given()).filter(([, value]) => typeof value !== "object"));
      const body = { member: state.member, channel: state.channel, name: ctx.name, options: { ...given, [option.name]: text }, focused: option.name };
      return (await autocomplete(body)).map((one) => ({ label: one.name, value: one.value }));
    };
    field.list = suggest(input, { label: `Suggestions for ${option.name}`, find, take, anchor: element, slow: true });
  } else if (known) {
    const find = (text) => known.filter((one) => chosen?.label === text || one.label.toLowerCase().includes(text.toLowerCase()));
    field.list = suggest(input, { label: `Choices for ${option.name}`, find, take, anchor: element });
  }
  return field;
}

/** What can be chosen without asking the bot. */
function list(option) {
  const { members = [], roles = [], places = [], bot } = state.world ?? {};
  const people = [...members.map((one) => ({ label: one.display, value: one.name })), ...(bot ? [{ label: bot.name, value: bot.name }] : [])];
  const rolesList = roles.map((one) => ({ label: `@${one}`, value: one }));
  if (option.choices?.length) return option.choices.map((one) => ({ label: one.name, value: one.value }));
  switch (option.type) {
    case BOOLEAN:
      return [{ label: "True", value: true }, { label: "False", value: false }];
    case 6:
      return people;
    case 7:
      return places.map((one) => ({ label: `#${one}`, value: one }));
    case 8:
      return rolesList;
    case 9:
      return [...people, ...rolesList];
    default:
      return null;
  }
}

function fileField(option, ctx) {
  const input = el("input", { class: "file-input", type: "file" });
  const preview = el("span", { class: "file-preview" });
  const { element, problem } = frame(option, input, [preview]);
  const field = shared({ element, input }, problem);
  let handed = null;
  field.value = () => handed ?? undefined;
  field.check = () => {
    const [file] = input.files;
    if (!file) return option.required ? "This is required." : null;
    return file.size > LARGEST ? `${size(LARGEST)} at most, this has ${size(file.size)}.` : null;
  };
  field.set = () => {};
  input.addEventListener("focus", () => ctx.focused(field));
  input.addEventListener("change", async () => {
    const [file] = input.files;
    handed = null;
    preview.replaceChildren(...shown(file));
    field.touch();
    ctx.changed(field);
    if (file && !field.check()) {
      field.ready = encode(file);
      handed = await field.ready;
      ctx.changed(field);
    }
  });
  return field;
}

/** A small picture of a file, or its sign. */
export function shown(file) {
  if (!file) return [];
  if (!file.type.startsWith("image/")) return [icon("file"), el("span", { text: size(file.size) })];
  const image = el("img", { src: URL.createObjectURL(file), alt: "" });
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  return [image, el("span", { text: size(file.size) })];
}

/** A file as the control API takes it. */
export function encode(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.addEventListener("load", () => {
      const bytes = String(reader.result).split(",", 2)[1] ?? "";
      resolve({ name: file.name, bytes, ...(file.type ? { content_type: file.type } : {}) });
    });
    reader.addEventListener("error", () => reject(reader.error));
    reader.readAsDataURL(file);
  });
}
