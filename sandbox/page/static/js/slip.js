// A command being filled in: its options as fields, its mistakes before anything is sent.
import { command, Problem } from "./api.js";
import { explain, wordy } from "./commands.js";
import { announce, el, fresh, icon } from "./dom.js";
import { makeField } from "./fields.js";
import { carried } from "./filebox.js";
import { track } from "./pending.js";
import { state } from "./state.js";

/** `close(sent)` is called when the slip is no longer needed. */
export function openSlip(way, given, close) {
  const id = fresh("slip");
  const fields = new Map();
  const line = el("div", { class: "slip-fields" });
  const more = el("div", { class: "slip-more", role: "group", "aria-label": "More options" });
  const hint = el("p", { class: "slip-hint", id: `${id}-hint` });
  const problem = el("p", { class: "slip-problem", role: "alert", hidden: true });
  const send = el("button", { class: "send", type: "submit", "aria-label": `Send /${way.name}` }, icon("send"));
  const cancel = el("button", { class: "icon-button", type: "button", "aria-label": "Put the command away", on: { click: () => close(false) } }, icon("close"));
  const form = el(
    "form",
    { class: "slip", novalidate: true, "aria-label": `Command ${way.name}` },
    el("div", { class: "slip-head" }, el("span", { class: "command-name", text: `/${way.name}` }), el("span", { class: "slip-about", text: way.description }), cancel),
    line,
    more,
    problem,
    el("div", { class: "slip-foot" }, hint, send),
  );
  const values = () => {
    const found = {};
    for (const [name, field] of fields) if (field.value() !== undefined) found[name] = field.value();
    return found;
  };
  const ctx = {
    name: way.call,
    given: values,
    anchor: form,
    changed: (field) => {
      problem.hidden = true;
      form.classList.toggle("ready", ![...fields.values()].some((one) => one.error()));
      say(field);
    },
    left: (field) => setTimeout(() => form.isConnected && form.contains(document.activeElement) && field.touch()),
    focused: (field) => say(field),
  };
  function say(field) {
    const { option } = field;
    const typed = typeof field.input.value === "string" && option.type === 3 ? [...field.input.value].length : 0;
    const room = option.max_length && typed > option.max_length * 0.8 ? ` · ${option.max_length - typed} left` : "";
    hint.replaceChildren(el("strong", { text: option.name }), ` ${option.description} `, el("span", { class: "slip-rule", text: explain(option) + room }));
  }
  function add(option, { focus = false, text } = {}) {
    if (fields.has(option.call)) return fields.get(option.call).input.focus();
    const field = makeField(option, ctx);
    fields.set(option.call, field);
    line.append(field.element);
    if (text !== undefined) field.set(text);
    more.querySelector(`[data-option="${CSS.escape(option.call)}"]`)?.remove();
    more.hidden = !more.children.length;
    field.input.addEventListener("keydown", (event) => keys(event, field));
    if (option.type !== 11) field.input.addEventListener("input", () => hop(field));
    if (focus) field.input.focus();
    ctx.changed(field);
    return field;
  }
  /** `seed:` typed at the end of a field goes on in the field of that name. */
  function hop(field) {
    const { input } = field;
    const typed = /(?:^|\s)([\p{L}\p{N}_-]{1,32}):$/u.exec(input.value);
    const wanted = typed && way.options.find((one) => one.name === typed[1] || one.call === typed[1]);
    if (!wanted || (wanted === field.option && typed.index > 0)) return;
    input.value = input.value.slice(0, typed.index);
    input.dispatchEvent(new Event("input"));
    if (wanted !== field.option) add(wanted, { focus: true });
  }
  function remove(field) {
    if (field.option.required) return;
    const all = [...fields.values()];
    const next = all[all.indexOf(field) - 1] ?? all[all.indexOf(field) + 1];
    fields.delete(field.option.call);
    field.list?.close();
    field.element.remove();
    offer(field.option);
    (next?.input ?? more.querySelector("button"))?.focus();
    if (next) ctx.changed(next);
  }
  function offer(option) {
    const chip = el("button", { class: "chip", type: "button", title: option.description, "aria-label": `Add ${option.name}: ${option.description}`, data: { option: option.call }, on: { click: () => add(option, { focus: true }) } }, icon("plus"), el("span", { text: option.name }));
    chip.addEventListener("focus", () => say({ option, input: { value: "" } }));
    chip.addEventListener("mouseenter", () => say({ option, input: { value: "" } }));
    const after = [...more.children].find((one) => order(one.dataset.option) > order(option.name));
    more.insertBefore(chip, after ?? null);
    more.hidden = false;
  }
  const order = (call) => way.options.findIndex((one) => one.call === call);
  function keys(event, field) {
    if (event.defaultPrevented) return;
    if (event.key === " " && event.target.value === "" && field.option.type !== 11) {
      event.preventDefault(); // the blank that follows `seed:` is no part of the value
    } else if (event.key === "Backspace" && event.target.value === "") {
      event.preventDefault();
      if (!field.option.required) remove(field);
      else if (fields.size === 1 || [...fields.values()][0] === field) close(false);
    }
  }
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    event.preventDefault();
    close(false);
  });
  /** Files dropped or pasted anywhere on the command go into its file options, one after the other. */
  function receive(files) {
    const places = way.options.filter((one) => one.type === 11);
    const kept = files.slice(0, places.length);
    if (!places.length) {
      problem.textContent = `/${way.name} takes no files.`;
      problem.hidden = false;
    }
    for (const file of kept) {
      const free = places.find((one) => !fields.has(one.call) || fields.get(one.call).free()) ?? places.at(-1);
      const field = fields.get(free.call) ?? add(free);
      field.drop([file]);
    }
  }
  form.addEventListener("dragover", (event) => event.dataTransfer.types.includes("Files") && event.preventDefault());
  form.addEventListener("drop", (event) => {
    const files = carried(event.dataTransfer);
    if (!files.length || event.target.matches(".drop-input")) return;
    event.preventDefault();
    receive(files);
  });
  form.addEventListener("paste", (event) => {
    const files = carried(event.clipboardData);
    if (!files.length) return;
    event.preventDefault();
    receive(files);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const all = [...fields.values()];
    all.forEach((field) => field.touch());
    const wrong = all.find((field) => field.error());
    if (wrong) {
      wrong.input.focus();
      announce(`${wrong.option.name}: ${wrong.error()}`);
      return;
    }
    if (send.disabled) return;
    send.disabled = true;
    try {
      await Promise.all(all.map((field) => field.ready));
      const said = await command({ member: state.member, channel: state.channel, name: way.call, options: values() });
      track(said.interaction_id, { kind: "command", name: way.name });
      close(true, values());
    } catch (refused) {
      if (!(refused instanceof Problem)) throw refused;
      problem.textContent = refused.message;
      problem.hidden = false;
    } finally {
      send.disabled = false;
    }
  });
  more.hidden = true;
  for (const option of way.options) {
    const text = given[option.call];
    if (option.required || text !== undefined) add(option, { text });
    else offer(option);
  }
  // Keys that follow the command's name are words, and must have somewhere to go.
  if (!fields.size && wordy(way)) add(wordy(way));
  const focus = () => {
    const all = [...fields.values()];
    const empty = all.filter((field) => field.value() === undefined);
    // A place for files would lose words.
    (empty.find((field) => field.option.type !== 11) ?? empty[0] ?? all[0])?.input.focus();
    if (all.length) return;
    hint.textContent = way.options.length ? "Choose what to add, or press Send." : "It takes nothing. Press Enter to send it.";
    (more.querySelector("button") ?? send).focus();
  };
  return { form, focus };
}
