// One picture, large. Arrow keys leaf through those of the same message.
import { el, icon } from "./dom.js";
import { openDialog } from "./dialog.js";
import { local } from "./local.js";

export function openLightbox(pictures, first, opener) {
  let at = Math.max(0, pictures.indexOf(first));
  const image = el("img", { class: "lightbox-picture" });
  const words = el("p", { class: "lightbox-words" });
  const place = el("p", { class: "lightbox-place" });
  const original = el("a", { class: "lightbox-link", target: "_blank", rel: "noopener" }, icon("out"), "Open the file");
  const step = (by) => {
    at = (at + by + pictures.length) % pictures.length;
    show();
  };
  const arrow = (name, by, label) =>
    el("button", { class: `lightbox-step ${name}`, type: "button", "aria-label": label, on: { click: () => step(by) } }, icon(name));
  const show = () => {
    const one = pictures[at];
    image.src = local(one.url);
    image.alt = one.description ?? "Picture without a description";
    words.textContent = one.description ?? "This picture has no description.";
    place.textContent = pictures.length > 1 ? `${at + 1} of ${pictures.length}` : "";
    original.href = local(one.url);
  };
  const several = pictures.length > 1;
  const { close } = openDialog({
    className: "lightbox",
    label: "Picture",
    opener,
    content: (shut) => [
      el("button", { class: "lightbox-close", type: "button", "aria-label": "Close", autofocus: true, on: { click: shut } }, icon("close")),
      el("div", { class: "lightbox-row" }, several && arrow("left", -1, "Previous picture"), image, several && arrow("right", 1, "Next picture")),
      el("div", { class: "lightbox-caption" }, words, el("div", { class: "lightbox-facts" }, place, original)),
    ],
    keys: (event) => {
      if (!several) return;
      if (event.key === "ArrowLeft") step(-1);
      if (event.key === "ArrowRight") step(1);
    },
  });
  image.addEventListener("click", close);
  show();
}
