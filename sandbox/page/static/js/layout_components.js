// Components of the second version: a message made of parts instead of embeds.
import { button, select } from "./components.js";
import { el } from "./dom.js";
import { markdown } from "./markdown.js";
import { files, picture } from "./media.js";

export const layout = (parts, message) => parts.map((part, number) => one(part, message, `${message.id}-l${number}`)).filter(Boolean);

function one(part, message, key) {
  const inner = () => (part.components ?? []).map((each, number) => one(each, message, `${key}-${number}`)).filter(Boolean);
  switch (part.type) {
    case 1:
      return el("div", { class: "controls-row" }, inner());
    case 2:
      return button(part, message);
    case 3:
    case 5:
    case 6:
    case 7:
    case 8:
      return select(part, message);
    case 9:
      return el("div", { class: "card-section" }, el("div", {}, inner()), part.accessory && one(part.accessory, message, `${key}-a`));
    case 10:
      return el("div", { class: "words" }, markdown(part.content));
    case 11:
      return picture({ ...part.media, description: part.description }, [part.media], key);
    case 12:
      return gallery(part.items ?? [], key);
    case 13:
      return files([{ filename: part.name ?? "file", size: part.size ?? 0, id: key, ...part.file }], message.id);
    case 14:
      return el("hr", { class: part.divider === false ? "plain" : null });
    case 17: {
      const color = part.accent_color == null ? {} : { "--bar": `#${part.accent_color.toString(16).padStart(6, "0")}` };
      return el("div", { class: "card", style: color }, inner());
    }
    default:
      return null;
  }
}

function gallery(items, key) {
  const shown = items.map((item) => ({ ...item.media, description: item.description }));
  const box = el("div", { class: `gallery of-${Math.min(shown.length, 4)}` });
  shown.forEach((each, number) => box.append(picture(each, shown, `${key}-${number}`)));
  return box;
}
