// Dialogs: the browser keeps the focus inside, Escape closes, and the focus goes back to where it was.
import { el } from "./dom.js";

/** Opens a dialog. `content(close)` gives its children; `onClose(reason)` hears of its end. */
export function openDialog({ className, label, labelledBy, content, opener, keys, onClose }) {
  const had = document.activeElement;
  const back = opener ?? had;
  const key = back?.dataset?.key;
  const dialog = el("dialog", { class: className, "aria-label": label, "aria-labelledby": labelledBy });
  const close = () => dialog.close();
  dialog.append(...content(close).filter(Boolean));
  if (keys) dialog.addEventListener("keydown", keys);
  dialog.addEventListener("mousedown", (event) => {
    // The dialog itself is what lies behind its content.
    if (event.target === dialog) close();
  });
  dialog.addEventListener("close", () => {
    dialog.remove();
    // The browser gave the focus back at once and tells us later: whoever has moved on since keeps it.
    const now = document.activeElement;
    const moved = now && now !== had && now !== document.body;
    // The opener may have been drawn anew while the dialog was open.
    const again = key ? document.querySelector(`[data-key="${CSS.escape(key)}"]`) : null;
    const target = back?.isConnected ? back : again;
    if (!moved) (target ?? document.getElementById("composer-text") ?? document.body).focus();
    onClose?.();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, close };
}
