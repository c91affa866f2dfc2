// A place for files: chosen by a click or a key, dropped on it, each with its picture and a way to take it out.
import { el, icon } from "./dom.js";
import { size } from "./sizes.js";

export const LARGEST = 10 * 1024 * 1024;

/** `most`: how many files it takes. `changed()` hears of every change.
 *  Returns {element, control, files(), add(files), problem()}; `control` is the input, for labels and focus. */
export function fileBox({ most = 1, id = null, about = null, changed = () => {} }) {
  let chosen = [];
  // The input lies invisibly over the whole place, so that the browser itself takes clicks, keys and drops.
  const control = el("input", { id, type: "file", class: "drop-input", multiple: most > 1, "aria-describedby": about });
  const words = el("span", { class: "drop-words", text: most > 1 ? `Choose up to ${most} files, or drop them here` : "Choose a file, or drop it here" });
  const zone = el("span", { class: "drop" }, icon("clip"), words, control);
  const list = el("span", { class: "drop-list" });
  const element = el("span", { class: "drop-box" }, list, zone);

  function paint() {
    list.replaceChildren(...chosen.map((file) => handed(file, () => take(file))));
    zone.hidden = chosen.length >= most && most > 1;
    element.classList.toggle("full", chosen.length >= most);
    words.textContent = chosen.length ? (most > 1 ? "One more" : "Another one") : words.textContent;
  }
  function take(file) {
    chosen = chosen.filter((one) => one !== file);
    done();
    control.focus();
  }
  function done() {
    // The input forgets at once: what was chosen is kept here, and the same file may be chosen again.
    control.value = "";
    paint();
    changed();
  }
  function add(files) {
    const fresh = [...files];
    chosen = most === 1 ? fresh.slice(0, 1) : [...chosen, ...fresh].slice(0, most);
    done();
  }
  control.addEventListener("change", () => control.files.length && add(control.files));
  for (const [name, over] of [["dragenter", true], ["dragover", true], ["dragleave", false], ["drop", false]]) {
    zone.addEventListener(name, () => zone.classList.toggle("over", over));
  }
  const problem = () => {
    const large = chosen.find((file) => file.size > LARGEST);
    return large ? `${size(LARGEST)} at most, ${large.name} has ${size(large.size)}.` : null;
  };
  return { element, control, files: () => chosen, add, problem };
}

/** A file that was chosen, small, with a button that takes it out again. */
export function handed(file, remove) {
  const out = el("button", { class: "handed-out", type: "button", "aria-label": `Take out ${file.name}`, on: { click: remove } }, icon("close"));
  return el("span", { class: "handed" }, face(file), el("span", { class: "handed-name", text: file.name }), el("span", { class: "handed-size", text: size(file.size) }), out);
}

function face(file) {
  if (!file.type.startsWith("image/")) return icon(file.type.startsWith("video/") ? "film" : file.type.startsWith("audio/") ? "note" : "file");
  const image = el("img", { src: URL.createObjectURL(file), alt: "" });
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  return image;
}

/** The files of a drag or a paste; empty where there are none. */
export const carried = (transfer) => (transfer?.types?.includes("Files") ? [...transfer.files] : []);

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
