// The script of page.html: verifies the browser it runs in and shows the report.

import { type Report, verify } from "bitgrad/verify";

const element = <T extends HTMLElement>(id: string) => document.getElementById(id) as T;

const progress = element<HTMLProgressElement>("progress");
const status = element("status");

verify({
  onProgress(done, what) {
    progress.value = done;
    status.textContent = `${Math.round(done * 100)} % ${what}`;
  },
}).then(show, (error) => {
  setVerdict("failed", "It could not run");
  status.textContent = String(error);
});

function setVerdict(state: "passed" | "failed", text: string): void {
  document.body.dataset.state = state;
  element("verdict").textContent = text;
}

function show(report: Report): void {
  const { passed, platform, engines, contrast, version } = report;
  const cases = engines.reduce((sum, engine) => sum + engine.cases, 0);
  const failed = engines.reduce((sum, { failures }) => sum + failures.length, 0);
  setVerdict(
    passed ? "passed" : "failed",
    passed ? "The same bits as everywhere" : `${failed} of ${cases} cases differ`,
  );
  status.textContent = `${cases - failed} of ${cases} golden cases passed`;
  progress.hidden = true;
  element("fingerprint").textContent = engines.find(({ fingerprint }) => fingerprint !== "")?.fingerprint ?? "none";
  rows("engines", engines, ({ engine, cases, failures, unavailable }) =>
    unavailable === undefined ? [engine, `${cases}`, `${failures.length}`] : [engine, unavailable, ""],
  );
  rows(
    "failures",
    engines.flatMap(({ engine, failures }) => failures.map((failure) => ({ engine, ...failure }))),
    ({ engine, case: name, message }) => [engine, name, message],
  );
  element("failing").hidden = failed === 0;
  rows("contrast", contrast, ({ name, inputs, count, notNearest, worstUlp, digest }) => [
    name,
    inputs,
    `${((100 * notNearest) / count).toFixed(2)} %`,
    `${worstUlp}`,
    digest.slice(0, 12),
  ]);
  rows(
    "platform",
    [
      ["bitgrad", version],
      ["engine", platform.engine],
      ["processor", `${platform.processor}, ${platform.littleEndian ? "little" : "big"}-endian`],
      ["WebAssembly", platform.wasmFeatures.join(", ") || "none"],
      ["browser", platform.runtime],
    ],
    (row) => row,
  );
  element("results").hidden = false;
  offer(JSON.stringify(report, null, 2));
}

function rows<T>(id: string, items: readonly T[], cells: (item: T) => readonly string[]): void {
  element(id).replaceChildren(
    ...items.map((item) => {
      const row = document.createElement("tr");
      for (const [index, text] of cells(item).entries()) {
        const cell = document.createElement(index === 0 ? "th" : "td");
        if (index === 0) (cell as HTMLTableCellElement).scope = "row";
        cell.textContent = text;
        row.append(cell);
      }
      return row;
    }),
  );
}

/** The report, to copy where the browser allows it (not on plain http) and to download. */
function offer(json: string): void {
  const copy = element<HTMLButtonElement>("copy");
  copy.hidden = navigator.clipboard === undefined;
  copy.onclick = async () => {
    await navigator.clipboard.writeText(json);
    copy.textContent = "Copied";
  };
  const download = element<HTMLAnchorElement>("download");
  download.href = URL.createObjectURL(new Blob([json], { type: "application/json" }));
}
