// A select: a button that opens a list of one or several choices.
import { el, fresh, icon } from "./dom.js";
import { state } from "./state.js";
import { place } from "./popup.js";

/** The choices of one of Discord's five kinds of selects. */
export function choicesOf(part) {
  const { members = [], roles = [], places = [] } = state.world ?? {};
  const people = members.map((one) => ({ value: one.name, label: one.display }));
  const named = (list, sign) => list.map((name) => ({ value: name, label: `${sign}${name}` }));
  switch (part.type) {
    case 5:
      return people;
    case 6:
      return named(roles, "@");
    case 7:
      return [...people, ...named(roles, "@")];
    case 8:
      return named(places, "#");
    default:
      return part.options ?? [];
  }
}

/** `done(values)` is called when the list closes with another choice than before. */
export function picker(part, { label, key, done, describedBy }) {
  const options = choicesOf(part);
  const most = part.max_values ?? 1;
  const least = part.min_values ?? 1;
  const chosen = new Set(options.filter((one) => one.default).map((one) => one.value));
  const id = fresh("picker");
  const words = el("span", { class: "picker-words" });
  const list = el("div", { class: "popup picker-list", popover: "manual", role: "listbox", id, "aria-label": label, "aria-multiselectable": most > 1 ? "true" : null });
  const button = el(
    "button",
    { class: "picker", type: "button", role: "combobox", "aria-haspopup": "listbox", "aria-expanded": "false", "aria-controls": id, "aria-label": label, "aria-describedby": describedBy, disabled: part.disabled, data: { key } },
    words,
    icon("down"),
  );
  const rows = options.map((one) => row(one, id));
  list.append(...rows);
  const box = el("div", { class: "picker-box" }, button, list);
  let at = -1;
  let before = "";
  const open = () => list.matches(":popover-open");

  function paint() {
    const names = options.filter((one) => chosen.has(one.value)).map((one) => one.label);
    words.textContent = names.join(", ") || part.placeholder || "Choose";
    words.classList.toggle("placeholder", !names.length);
    rows.forEach((node, number) => {
      node.setAttribute("aria-selected", String(chosen.has(options[number].value)));
      node.classList.toggle("active", number === at);
    });
    if (at >= 0) button.setAttribute("aria-activedescendant", rows[at].id);
    else button.removeAttribute("aria-activedescendant");
  }
  function show() {
    if (!options.length) return;
    before = [...chosen].join("\n");
    at = Math.max(0, options.findIndex((one) => chosen.has(one.value)));
    list.showPopover();
    button.setAttribute("aria-expanded", "true");
    place(list, button);
    paint();
  }
  function hide(keep = true) {
    if (!open()) return;
    list.hidePopover();
    button.setAttribute("aria-expanded", "false");
    at = -1;
    if (!keep) {
      chosen.clear();
      before.split("\n").filter(Boolean).forEach((one) => chosen.add(one));
    }
    paint();
    if (keep && [...chosen].join("\n") !== before && chosen.size >= least) done?.([...chosen]);
  }
  function take(number) {
    const { value } = options[number];
    if (most === 1) {
      chosen.clear();
      chosen.add(value);
      hide();
    } else if (chosen.has(value)) chosen.delete(value);
    else if (chosen.size < most) chosen.add(value);
    paint();
  }
  button.addEventListener("click", () => (open() ? hide() : show()));
  button.addEventListener("blur", () => hide());
  button.addEventListener("keydown", (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move) {
      event.preventDefault();
      if (!open()) return show();
      at = (at + move + options.length) % options.length;
      rows[at].scrollIntoView({ block: "nearest" });
      paint();
    } else if (open() && (event.key === "Enter" || event.key === " ")) {
      event.preventDefault();
      take(at);
    } else if (open() && event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      hide(false);
    }
  });
  rows.forEach((node, number) => {
    node.addEventListener("mousedown", (event) => {
      event.preventDefault();
      button.focus();
      take(number);
    });
  });
  paint();
  return { element: box, button, values: () => [...chosen] };
}

function row(one, id) {
  return el(
    "div",
    { class: "popup-row", role: "option", id: fresh(id), "aria-selected": "false" },
    el("span", { class: "popup-words" }, el("span", { class: "popup-label", text: one.label }), one.description && el("span", { class: "popup-note", text: one.description })),
    el("span", { class: "popup-check" }, icon("check")),
  );
}
