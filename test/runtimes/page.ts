// Run in a browser's page: posts the suites back to where this script came from.

import { runSuites } from "../golden/suite.ts";

await fetch(new URL("report", import.meta.url), { method: "POST", body: JSON.stringify(await runSuites()) });
