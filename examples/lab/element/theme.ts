// Whether the page around the element is light or dark.

/** By the color scheme that the element inherits: a page that names none is light. */
export function isDark(host: Element): boolean {
  const scheme = getComputedStyle(host).colorScheme;
  if (!scheme.includes("dark")) return false;
  return !scheme.includes("light") || matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Calls `changed` when the page's theme may have changed; returns what ends that. */
export function watchTheme(changed: () => void): () => void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", changed);
  const observer = new MutationObserver(changed);
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ["class", "style", "data-theme"] });
  return () => {
    system.removeEventListener("change", changed);
    observer.disconnect();
  };
}
