// Before the first paint: a stored choice wins over the system's.
(() => {
  try {
    const stored = localStorage.getItem("theme");
    if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
  } catch {
    // Without storage the system's choice stands.
  }
})();
