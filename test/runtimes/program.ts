// Run by Node, Deno and Bun, beside an installed package: prints the suites as one line of JSON.

import { runSuites } from "../golden/suite.ts";

console.log(JSON.stringify(await runSuites(SHARE)));
