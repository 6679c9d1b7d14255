// Makes the site installable and usable without a network, where the browser lets it. A page that a program drives
// (?post) is left alone: it measures.

const place = (document.currentScript as HTMLScriptElement).src;
const root = new URL("../", place);

function register(): void {
  const link = document.createElement("link");
  link.rel = "manifest";
  link.href = new URL("manifest.webmanifest", root).href;
  document.head.append(link);
  // a browser may forbid it, as in private windows; then the page needs its network
  navigator.serviceWorker?.register(new URL("offline-worker.js", root)).catch(() => {});
}

if (/^https?:/.test(location.protocol) && isSecureContext && !new URLSearchParams(location.search).has("post")) {
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}
