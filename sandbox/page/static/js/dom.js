// Elements without innerHTML: whatever is a text goes through text nodes.

const SVG = "http://www.w3.org/2000/svg";

/** An element. Keys: class, text, data, on, or an attribute; false, null and undefined leave it out. */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "class") node.className = value;
    else if (key === "text") node.textContent = value;
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "on") for (const [name, act] of Object.entries(value)) node.addEventListener(name, act);
    else if (key === "style") for (const [name, said] of Object.entries(value)) node.style.setProperty(name, said);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

const PATHS = {
  menu: "M4 7h16M4 12h16M4 17h10",
  close: "M6 6l12 12M18 6L6 18",
  sun: "M12 4V2M12 22v-2M4 12H2M22 12h-2M6 6 4.7 4.7M19.3 19.3 18 18M6 18l-1.3 1.3M19.3 4.7 18 6M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.5z",
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 3v18M12 8l7-2M12 13l8.8-1.5M12 18l6-1",
  help: "M9.5 9a2.6 2.6 0 1 1 3.6 2.4c-.8.4-1.1 1-1.1 2M12 16.8v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  pulse: "M2.5 12h4.5l3-8 4.5 16 3-8h4",
  send: "M5 12h13M12 5l7 7-7 7",
  eye: "M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 9.5a2.5 2.5 0 1 0 0 5 2.5 2.5 0 0 0 0-5z",
  clip: "M20 11.5 12 19.6a5 5 0 0 1-7.1-7.1l8.5-8.5a3.4 3.4 0 0 1 4.8 4.8l-8.4 8.4a1.7 1.7 0 0 1-2.4-2.4l7.7-7.7",
  play: "M8 5.5v13l10.5-6.5z",
  pause: "M9 6v12M15 6v12",
  film: "M4 5h16v14H4zM10 9.2v5.6l5-2.8z",
  note: "M9 18V6l10-2v12M9 18a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 16a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z",
  save: "M12 4v11M7 11l5 5 5-5M5 20h14",
  words: "M5 6h14M5 10h14M5 14h14M5 18h8",
  cube: "M12 3l8 4.5v9L12 21l-8-4.5v-9zM12 12l8-4.5M12 12v9M12 12 4 7.5",
  file: "M6 3h8l4 4v14H6zM14 3v4h4",
  plus: "M12 5v14M5 12h14",
  left: "M15 5l-7 7 7 7",
  right: "M9 5l7 7-7 7",
  down: "M5 9l7 7 7-7",
  out: "M14 4h6v6M20 4l-9 9M11 5H5v14h14v-6",
  check: "M5 12.5l4.5 4.5L19 7",
  dots: "M5 12h.01M12 12h.01M19 12h.01",
  reply: "M4 19v-5a5 5 0 0 1 5-5h10M14 4l5 5-5 5",
  warn: "M12 4 2.5 20h19zM12 10v5M12 17.5v.1",
};

/** A line drawing, hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}

/** Shapes as SVG: [[tag, attributes], …]. */
export function drawing(viewBox, shapes, className) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
    svg.append(shape);
  }
  return svg;
}

/** The initial of a name on a color of its own. */
export function avatar(name, bot = false) {
  if (bot) return el("span", { class: "avatar avatar-bot", "aria-hidden": "true" }, mark());
  let hue = 0;
  for (const letter of name) hue = (hue * 31 + letter.codePointAt(0)) % 6;
  return el("span", { class: `avatar hue-${hue}`, "aria-hidden": "true", text: [...name][0]?.toUpperCase() ?? "?" });
}

/** The page's own mark: a framed picture. */
export function mark() {
  return drawing(
    "0 0 24 24",
    [
      ["rect", { x: 3, y: 3, width: 18, height: 18, rx: 2, class: "mark-frame" }],
      ["circle", { cx: 16, cy: 8.6, r: 2.1, class: "mark-sun" }],
      ["path", { d: "M4.5 19.5 10 11l4 5.5 1.8-2.4 3.7 5.4z", class: "mark-hill" }],
    ],
    "mark",
  );
}

let count = 0;
/** An id that no other element has. */
export function fresh(prefix) {
  count += 1;
  return `${prefix}-${count}`;
}

/** Says something to screen readers. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (place.textContent !== text) place.textContent = text;
}
