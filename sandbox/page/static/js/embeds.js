// Embeds as cards: a color bar, words, a caption table, framed pictures.
import { el } from "./dom.js";
import { local } from "./local.js";
import { inline, link, markdown } from "./markdown.js";
import { picture } from "./media.js";
import { moment } from "./time.js";

const MOST = 4;

/** Embeds that share a link show their pictures in one card, as on Discord. */
function groups(embeds) {
  const found = [];
  for (const embed of embeds) {
    const last = found.at(-1);
    const joins = last && embed.url && embed.image && last.embed.url === embed.url && last.pictures.length < MOST;
    if (joins) last.pictures.push(embed.image);
    else found.push({ embed, pictures: embed.image ? [embed.image] : [] });
  }
  return found;
}

export function cards(embeds, messageId) {
  return groups(embeds).map(({ embed, pictures }, number) => card(embed, pictures, `${messageId}-e${number}`));
}

function card(embed, pictures, key) {
  const color = embed.color === undefined ? null : `#${(embed.color & 0xffffff).toString(16).padStart(6, "0")}`;
  const box = el("div", { class: "card", style: color ? { "--bar": color } : {} });
  const words = el("div", { class: "card-words" });
  if (embed.author?.name) words.append(el("p", { class: "card-author" }, small(embed.author.icon_url), named(embed.author)));
  if (embed.title) {
    const title = inline(embed.title);
    const linked = embed.url && link(embed.url, "");
    if (linked?.href) linked.append(...title);
    words.append(el("p", { class: "card-title" }, linked?.href ? linked : title));
  }
  if (embed.description) words.append(el("div", { class: "card-text" }, markdown(embed.description)));
  if (embed.fields?.length) words.append(fields(embed.fields));
  const thumbnail = embed.thumbnail?.url && local(embed.thumbnail.url);
  if (thumbnail) box.classList.add("with-thumbnail");
  box.append(words);
  if (thumbnail) box.append(el("div", { class: "card-thumbnail" }, picture(embed.thumbnail, [embed.thumbnail], `${key}-t`)));
  if (pictures.length) {
    const gallery = el("div", { class: `gallery of-${pictures.length}` });
    pictures.forEach((one, number) => gallery.append(picture(one, pictures, `${key}-p${number}`)));
    box.append(gallery);
  }
  if (embed.footer?.text || embed.timestamp) box.append(footer(embed));
  return box;
}

function fields(list) {
  const table = el("dl", { class: "facts" });
  for (const field of list) {
    table.append(
      el("div", { class: field.inline ? "fact" : "fact wide" }, el("dt", {}, inline(field.name)), el("dd", {}, markdown(field.value))),
    );
  }
  return table;
}

function footer(embed) {
  const line = el("p", { class: "card-footer" });
  if (embed.footer?.icon_url) line.append(small(embed.footer.icon_url) ?? "");
  if (embed.footer?.text) line.append(el("span", { text: embed.footer.text }));
  if (embed.timestamp) line.append(moment(Date.parse(embed.timestamp) / 1000));
  return line;
}

const named = (author) => (author.url ? link(author.url, author.name) : el("span", { text: author.name }));

function small(url) {
  const source = url && local(url);
  return source ? el("img", { class: "card-icon", src: source, alt: "" }) : null;
}
