// Pictures, files and spoilers. Files come from the stand-in's own CDN, or they stay links.
import { el, icon } from "./dom.js";
import { openLightbox } from "./lightbox.js";
import { link } from "./markdown.js";
import { state } from "./state.js";

const CDN = "/discord/cdn/";

/** The address on this page's own origin, or null for what lies elsewhere. */
export function local(url) {
  try {
    const parsed = new URL(url, location.href);
    const loopback = ["127.0.0.1", "localhost", "[::1]", location.hostname].includes(parsed.hostname);
    return loopback && parsed.pathname.startsWith(CDN) ? parsed.pathname + parsed.search : null;
  } catch {
    return null;
  }
}

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

const isPicture = (file) => (file.content_type ?? "").startsWith("image/") && local(file.url);

/** The files beside a message. */
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
  for (const file of others) box.append(spoilered(file, card(file)));
  return box;
}

function card(file) {
  const source = local(file.url);
  const name = el("span", { class: "file-name", text: file.title || file.filename });
  const facts = el("span", { class: "file-size", text: size(file.size) });
  const kind = (file.content_type ?? "").split("/")[0];
  if (source && (kind === "video" || kind === "audio")) {
    return el("figure", { class: "file-media" }, el(kind, { src: source, controls: true }), el("figcaption", {}, name));
  }
  return el(
    "a",
    { class: "file", href: source, download: file.filename },
    icon("file"),
    el("span", { class: "file-words" }, el("span", { class: "unseen", text: "Download" }), name, facts),
    icon("down"),
  );
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
    (inner.matches("button, a") ? inner : inner.querySelector("button, a"))?.focus();
  });
  return box;
}

export function size(bytes) {
  if (bytes < 1024) return bytes === 1 ? "1 byte" : `${bytes} bytes`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(0)} KB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}
