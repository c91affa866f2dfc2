// Files that are no pictures: film and sound play, words are read here, the rest is a row to download.
import { el, fresh, icon } from "./dom.js";
import { length, size } from "./sizes.js";
import { state } from "./state.js";

const LONGEST = 64 * 1024;
const LINES = 6;
const WORDS = /^(?:text\/|application\/(?:json|xml|x-yaml)|image\/svg)/;
const NAMES = { glb: "3D model", gltf: "3D model", obj: "3D model", fbx: "3D model", usdz: "3D model", zip: "archive", svg: "vector drawing", pdf: "document", exr: "picture", heic: "picture" };

export const kindOf = (file) => (file.content_type ?? "").split(";", 1)[0];

/** A file as a card. `source`: its address on this page's own origin, or null. */
export function card(file, source) {
  const family = kindOf(file).split("/", 1)[0];
  if (source && family === "video") return film(file, source);
  if (source && file.waveform) return voice(file, source);
  if (source && family === "audio") return sound(file, source);
  if (source && WORDS.test(kindOf(file)) && file.size <= LONGEST) return words(file, source);
  return row(file, source);
}

const ending = (file) => file.filename.split(".").at(-1).toLowerCase();
const title = (file) => file.title || file.filename;

function facts(file) {
  const said = [NAMES[ending(file)], file.duration_secs && length(file.duration_secs), size(file.size)];
  return el("span", { class: "file-size", text: said.filter(Boolean).join(" · ") });
}

const download = (file, source) => el("a", { class: "file-save", href: source, download: file.filename, "aria-label": `Download ${file.filename}`, title: "Download" }, icon("save"));

function sign(file) {
  const family = kindOf(file).split("/", 1)[0];
  if (NAMES[ending(file)] === "3D model") return icon("cube");
  return icon({ video: "film", audio: "note", text: "words" }[family] ?? "file");
}

function row(file, source) {
  const inner = [sign(file), el("span", { class: "file-words" }, source && el("span", { class: "unseen", text: "Download" }), el("span", { class: "file-name", text: title(file) }), facts(file)), source && icon("save")];
  return source ? el("a", { class: "file", href: source, download: file.filename }, ...inner) : el("span", { class: "file" }, ...inner);
}

const caption = (file, source) => el("figcaption", {}, sign(file), el("span", { class: "file-words" }, el("span", { class: "file-name", text: title(file) }), facts(file)), download(file, source));

/** What this browser cannot play is a row like any other file. */
function playable(figure, player, file, source) {
  player.addEventListener("error", () => figure.replaceWith(row(file, source)));
  return figure;
}

function film(file, source) {
  const shape = file.width && file.height ? { "aspect-ratio": `${file.width} / ${file.height}` } : {};
  const player = el("video", { src: source, controls: true, preload: "metadata", playsinline: true, "aria-label": file.description || title(file), width: file.width, height: file.height, style: shape });
  return playable(el("figure", { class: "film" }, player, caption(file, source)), player, file, source);
}

function sound(file, source) {
  const player = el("audio", { src: source, controls: true, preload: "metadata", "aria-label": file.description || title(file) });
  return playable(el("figure", { class: "sound" }, caption(file, source), player), player, file, source);
}

/** A voice message: one button, how loud it is, how long. */
function voice(file, source) {
  const player = el("audio", { src: source, preload: "metadata" });
  const button = el("button", { class: "voice-play", type: "button", "aria-label": "Play the voice message", data: { key: `voice-${file.id}` } }, icon("play"));
  const loud = [...atob(file.waveform)].map((one) => one.charCodeAt(0) / 255);
  const bars = el("span", { class: "voice-bars", "aria-hidden": "true" }, ...fewer(loud).map((one) => el("i", { style: { height: `${Math.max(8, Math.round(one * 100))}%` } })));
  const figure = el("figure", { class: "voice" }, button, bars, el("span", { class: "file-size", text: length(file.duration_secs) }), player);
  button.addEventListener("click", () => (player.paused ? player.play() : player.pause()));
  const turn = () => {
    button.replaceChildren(icon(player.paused ? "play" : "pause"));
    button.setAttribute("aria-label", player.paused ? "Play the voice message" : "Pause the voice message");
  };
  for (const event of ["play", "pause", "ended"]) player.addEventListener(event, turn);
  return playable(figure, player, file, source);
}

const BARS = 40;
/** As many points as there is room for; each the loudest of those it stands for. */
function fewer(points) {
  const count = Math.min(BARS, points.length);
  return Array.from({ length: count }, (_, at) => Math.max(...points.slice(Math.floor((at * points.length) / count), Math.max(Math.floor(((at + 1) * points.length) / count), Math.floor((at * points.length) / count) + 1))));
}

/** The first lines, and the rest on demand. */
function words(file, source) {
  const id = fresh("words");
  const text = el("pre", { id, class: "text-file", tabindex: "0", role: "region", "aria-label": title(file), hidden: true });
  const more = el("button", { class: "text-button", type: "button", "aria-expanded": "false", "aria-controls": id, hidden: true, data: { key: `words-${file.id}` } });
  const figure = el("figure", { class: "text-card" }, caption(file, source), text, more);
  let all = "";
  function paint() {
    const open = state.unfolded.has(file.id);
    const lines = all.split("\n");
    const long = lines.length > LINES;
    text.textContent = open || !long ? all : `${lines.slice(0, LINES).join("\n")}\n…`;
    text.hidden = !all;
    text.classList.toggle("open", open);
    more.hidden = !long;
    more.textContent = open ? "Show less" : `Show all ${lines.length} lines`;
    more.setAttribute("aria-expanded", String(open));
  }
  more.addEventListener("click", () => {
    if (!state.unfolded.delete(file.id)) state.unfolded.add(file.id);
    paint();
  });
  read(source).then((found) => {
    all = found;
    paint();
  });
  return figure;
}

const readAlready = new Map();
/** A text file's words; nothing where it is gone meanwhile. */
async function read(source) {
  if (!readAlready.has(source)) {
    const answer = await fetch(source).catch(() => null);
    readAlready.set(source, answer?.ok ? (await answer.text()).replace(/\r\n?/g, "\n").trimEnd() : "");
  }
  return readAlready.get(source);
}
