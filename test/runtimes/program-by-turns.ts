// program.ts where JavaScript is slow: an emulated processor, an interpreter.

import { runSuites } from "../golden/suite.ts";

console.log(JSON.stringify(await runSuites({ byTurns: true })));
