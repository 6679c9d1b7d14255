// The script of every room: the theme's button.

const KEY = "starlight-theme";
const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];

const LABELS: Record<Theme, string> = { auto: "as the system", light: "light", dark: "dark" };
const system = matchMedia("(prefers-color-scheme: dark)");
const button = document.querySelector<HTMLButtonElement>(".theme")!;

let theme = kept();

function kept(): Theme {
  try {
    const found = localStorage.getItem(KEY) as Theme;
    return THEMES.includes(found) ? found : "auto";
  } catch {
    return "auto";
  }
}

function show(): void {
  const shown = theme === "auto" ? (system.matches ? "dark" : "light") : theme;
  document.documentElement.dataset.theme = shown;
  button.title = button.ariaLabel = `Theme: ${LABELS[theme]}`;
  button.dataset.theme = theme;
}

button.addEventListener("click", () => {
  theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  try {
    localStorage.setItem(KEY, theme === "auto" ? "" : theme);
  } catch {
    // it holds until the page is left
  }
  show();
});
system.addEventListener("change", show);
button.hidden = false; // without script it could do nothing
show();
