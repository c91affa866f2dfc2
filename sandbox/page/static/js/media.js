// Pictures, files and spoilers. Files come from the stand-in's own CDN, or they stay links.
import { el, icon } from "./dom.js";
import { card, kindOf } from "./files.js";
import { openLightbox } from "./lightbox.js";
import { local } from "./local.js";
import { link } from "./markdown.js";
import { state } from "./state.js";

/** A picture in a frame that opens large. `all`: the pictures to leaf through. */
export function picture(shown, all, key) {
  const source = local(shown.url);
  if (!source) return el("p", { class: "elsewhere" }, "Picture elsewhere: ", link(shown.url, shown.url));
  const alt = shown.description ?? "";
  const image = el("img", {
    src: source,
    alt: alt || "Picture without a description",
    width: shown.width || null,
    height: shown.height || null,
    decoding: "async",
  });
  image.addEventListener("error", () => frame.classList.add("broken"));
  const frame = el(
    "button",
    {
      class: "frame",
      type: "button",
      "aria-haspopup": "dialog",
      data: { key },
      on: { click: () => openLightbox(all, shown, frame) },
    },
    image,
  );
  return frame;
}

const PICTURES = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);
const isPicture = (file) => PICTURES.has(kindOf(file)) && local(file.url);

/** The files beside a message: pictures in a grid, then what plays, then the rest. */
export function files(attachments, messageId) {
  if (!attachments.length) return null;
  const pictures = attachments.filter(isPicture);
  const others = attachments.filter((file) => !isPicture(file));
  const box = el("div", { class: "files" });
  if (pictures.length) {
    const grid = el("div", { class: `gallery of-${Math.min(pictures.length, 4)}` });
    for (const file of pictures) grid.append(spoilered(file, picture(file, pictures, `${messageId}-${file.id}`)));
    box.append(grid);
  }
  for (const file of others) box.append(spoilered(file, card(file, local(file.url))));
  return box;
}

/** Covers a file whose name asks for it, until somebody clicks. */
function spoilered(file, inner) {
  if (!file.filename.startsWith("SPOILER_") || state.revealed.has(file.id)) return inner;
  const cover = el(
    "button",
    { class: "spoiler-cover", type: "button", data: { key: `spoiler-${file.id}` } },
    icon("eye"),
    el("span", { text: "Spoiler" }),
    el("small", { text: "Click to show" }),
  );
  const box = el("div", { class: "spoiler" }, el("div", { class: "spoiler-hidden", inert: true }, inner), cover);
  cover.addEventListener("click", () => {
    state.revealed.add(file.id);
    box.replaceWith(inner);
    (inner.matches("button, a") ? inner : inner.querySelector("button, a, video, audio"))?.focus();
  });
  return box;
}
