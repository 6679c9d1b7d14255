// Run in a browser's page: posts the suites back to where this script came from, or what went wrong.

import { runSuites } from "../golden/suite.ts";

try {
  await fetch(new URL("report", import.meta.url), { method: "POST", body: JSON.stringify(await runSuites(SHARE)) });
} catch (error) {
  await fetch("/failure", { method: "POST", body: String(error) }); // no event tells of it in a module
}
