// One option of a command as a field: {element, input, value(), error(), touch(), set(text)}.
import { autocomplete } from "./api.js";
import { mistake } from "./commands.js";
import { el, fresh } from "./dom.js";
import { encode, fileBox } from "./filebox.js";
import { state } from "./state.js";
import { suggest } from "./suggest.js";

const BOOLEAN = 5;
const FILE = 11;

/** `ctx`: {name of the command, given() of all fields, changed(field), focused(field), anchor}. */
export function makeField(option, ctx) {
  const field = option.type === FILE ? fileField(option, ctx) : textField(option, ctx);
  field.option = option;
  return field;
}

function frame(option, input, holder = input) {
  const id = fresh("option");
  const problem = el("p", { class: "field-error", id: `${id}-error`, hidden: true });
  input.id = id;
  input.setAttribute("aria-describedby", `${id}-error`);
  if (option.required) input.setAttribute("aria-required", "true");
  const label = el("label", { class: "field-name", for: id, text: option.name });
  const wordy = option.required && option.type === 3 && !option.choices?.length && !option.autocomplete;
  const element = el("div", { class: `field${option.required ? " required" : ""}${wordy ? " wordy" : ""}`, data: { option: option.name } }, el("div", { class: "field-pill" }, label, holder), problem);
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
  const settled = (text) => chosen?.label === text;
  if (option.autocomplete) {
    const find = async (text) => {
      const given = Object.fromEntries(Object.entries(ctx.given()).filter(([, value]) => typeof value !== "object"));
      const body = { member: state.member, channel: state.channel, name: ctx.name, options: { ...given, [option.call]: text }, focused: option.call };
      return (await autocomplete(body)).map((one) => ({ label: one.name, value: one.value }));
    };
    field.list = suggest(input, { label: `Suggestions for ${option.name}`, find, take, settled, anchor: element, slow: true });
  } else if (known) {
    const find = (text) => known.filter((one) => chosen?.label === text || one.label.toLowerCase().includes(text.toLowerCase()));
    field.list = suggest(input, { label: `Choices for ${option.name}`, find, take, settled, anchor: element });
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
  const box = fileBox({ changed });
  const { element, problem } = frame(option, box.control, box.element);
  const field = shared({ element, input: box.control }, problem);
  let handed = null;
  field.value = () => handed ?? undefined;
  field.check = () => box.problem() ?? (option.required && !box.files().length ? "This is required." : null);
  field.set = () => {};
  field.drop = (files) => box.add(files);
  field.free = () => !box.files().length;
  box.control.addEventListener("focus", () => ctx.focused(field));
  async function changed() {
    const [file] = box.files();
    handed = null;
    field.touch();
    ctx.changed(field);
    if (file && !field.check()) {
      field.ready = encode(file);
      handed = await field.ready;
      ctx.changed(field);
    }
  }
  return field;
}
