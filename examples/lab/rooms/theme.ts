// Runs in the head of each page, before anything is drawn: the theme that somebody chose here, in a room or in a
// document. Starlight keeps it by the same name.

(() => {
  let theme = "";
  try {
    theme = localStorage.getItem("starlight-theme") ?? "";
  } catch {
    // a browser that forbids storage shows the system's theme
  }
  const isDark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = isDark ? "dark" : "light";
})();
