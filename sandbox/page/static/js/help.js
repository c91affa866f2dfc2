// Which keys do what.
import { openDialog } from "./dialog.js";
import { el, icon } from "./dom.js";

const KEYS = [
  ["/", "Write; in the box: list the commands"],
  ["Enter", "Send; take the suggestion"],
  ["Tab", "Take the suggestion; the next option"],
  ["⇧ F10", "On a message: its apps, as by a right click"],
  ["Backspace", "In an empty option: take it out"],
  ["↑", "In the empty box: the last command again"],
  ["↑ ↓", "Among messages, suggestions and tabs"],
  ["Alt ↑ ↓", "The channel above or below"],
  ["Esc", "Close what is open, back to the box"],
];

export function openHelp() {
  openDialog({
    className: "modal",
    label: "Keyboard",
    content: (close) => [
      el("header", { class: "modal-head" }, el("h2", { text: "By keyboard" }), el("button", { class: "icon-button", type: "button", "aria-label": "Close", autofocus: true, on: { click: close } }, icon("close"))),
      el("dl", { class: "keys" }, ...KEYS.map(([key, what]) => el("div", {}, el("dt", {}, ...key.split(" ").map((one) => el("kbd", { text: one }))), el("dd", { text: what })))),
      el("p", { class: "modal-about", text: "This is a stand-in on your own machine. No picture is real, and nothing is charged." }),
    ],
  });
}
