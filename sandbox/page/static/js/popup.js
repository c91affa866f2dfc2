// Lists that open beside what they belong to, above everything else, inside dialogs too.

/** Puts an open popover below its anchor, or above it where there is more room. */
export function place(popup, anchor, { above = false } = {}) {
  const box = anchor.getBoundingClientRect();
  const gap = 6;
  const below = innerHeight - box.bottom - gap - 8;
  const over = box.top - gap - 8;
  const up = above ? over > 140 : below < 220 && over > below;
  popup.style.setProperty("max-height", `${Math.max(120, Math.min(360, up ? over : below))}px`);
  const width = Math.min(Math.max(box.width, 260), innerWidth - 16);
  popup.style.setProperty("width", `${width}px`);
  popup.style.setProperty("left", `${Math.max(8, Math.min(box.left, innerWidth - width - 8))}px`);
  popup.style.setProperty("top", up ? "auto" : `${box.bottom + gap}px`);
  popup.style.setProperty("bottom", up ? `${innerHeight - box.top + gap}px` : "auto");
}
