// Suggestions below or above an input: the combobox pattern.
import { el, fresh } from "./dom.js";
import { place } from "./popup.js";

const WAIT = 120;

/** `find(text)` gives rows {label, note, lead, value} or a promise of them; `take(row)` gets the chosen one.
 *  Enter and Tab take the row that is pointed at: the first one, unless `settled(text)` says that what is in the
 *  input was taken from the list already. `anchor`: what the list opens above. Returns {close, refresh}. */
export function suggest(input, { label, find, take, anchor = input, settled = () => false, slow = false }) {
  const id = fresh("suggestions");
  const list = el("div", { class: "popup suggestions", popover: "manual", role: "listbox", id, "aria-label": label });
  input.after(list);
  for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": id, autocomplete: "off" })) {
    input.setAttribute(name, value);
  }
  let rows = [];
  let nodes = [];
  let at = -1;
  let turn = 0;
  let timer = 0;
  let asking = false;
  let hurry = false;
  const open = () => list.isConnected && list.matches(":popover-open");

  function close() {
    turn += 1;
    clearTimeout(timer);
    asking = hurry = false;
    if (open()) list.hidePopover();
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
    at = -1;
  }
  function show(note) {
    if (!input.isConnected || document.activeElement !== input) return close();
    nodes = rows.map((one, number) => {
      const node = el(
        "div",
        { class: "popup-row", role: "option", id: fresh(id), "aria-selected": "false" },
        one.lead && el("span", { class: "popup-lead", text: one.lead }),
        el("span", { class: "popup-words" }, el("span", { class: "popup-label", text: one.label }), one.note && el("span", { class: "popup-note", text: one.note })),
      );
      node.addEventListener("mousedown", (event) => {
        event.preventDefault();
        choose(number);
      });
      return node;
    });
    list.replaceChildren(...nodes);
    if (note) list.append(el("div", { class: "popup-status", role: "option", "aria-disabled": "true", "aria-selected": "false", text: note }));
    if (!rows.length && !note) return close();
    if (!open()) list.showPopover();
    place(list, anchor, { above: true });
    input.setAttribute("aria-expanded", "true");
    point(rows.length && !settled(input.value) ? 0 : -1);
  }
  function point(number) {
    at = number;
    nodes.forEach((node, each) => {
      node.classList.toggle("active", each === at);
      node.setAttribute("aria-selected", String(each === at));
    });
    if (at < 0) return input.removeAttribute("aria-activedescendant");
    input.setAttribute("aria-activedescendant", nodes[at].id);
    nodes[at].scrollIntoView({ block: "nearest" });
  }
  function choose(number) {
    const row = rows[number];
    close();
    take(row);
  }
  async function refresh() {
    const mine = ++turn;
    let found;
    try {
      found = await find(input.value);
    } catch (problem) {
      if (mine !== turn) return;
      rows = [];
      asking = hurry = false;
      return show(problem.message);
    }
    if (mine !== turn) return;
    rows = found ?? [];
    asking = false;
    show(found && !found.length && slow ? "Nothing fits" : "");
    if (hurry && at >= 0) choose(at);
    hurry = false;
  }
  function soon() {
    clearTimeout(timer);
    if (!slow) return refresh();
    turn += 1; // an answer to what stood there before comes too late
    asking = true;
    if (!open()) {
      rows = [];
      show("Asking the bot…");
    }
    timer = setTimeout(refresh, WAIT);
  }
  input.addEventListener("input", soon);
  input.addEventListener("focus", soon);
  input.addEventListener("click", () => !open() && soon());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move && !open() && event.key === "ArrowDown" && input.tagName !== "TEXTAREA") {
      event.preventDefault();
      return soon();
    }
    if (!open()) return;
    if (move) {
      event.preventDefault();
      if (rows.length) point((at + move + rows.length + (at < 0 && move < 0 ? 1 : 0)) % rows.length);
    } else if (event.key === "Enter" && asking && input.value && !settled(input.value)) {
      // What was typed is not what the list shows yet: the first that fits is taken as soon as it is here.
      event.preventDefault();
      event.stopImmediatePropagation();
      hurry = true;
    } else if ((event.key === "Enter" || event.key === "Tab") && at >= 0 && !event.shiftKey) {
      event.preventDefault();
      event.stopImmediatePropagation();
      choose(at);
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopImmediatePropagation();
      close();
    }
  });
  return { close, refresh: soon, open };
}
