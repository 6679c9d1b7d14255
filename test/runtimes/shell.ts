// Run by bare engine shells as one script: prints the suites as one line of JSON. They have ECMAScript alone, and so
// much is enough.

import { runSuites } from "../golden/suite.ts";

declare const print: (line: string) => void;

runSuites(SHARE).then(
  (suites) => print(JSON.stringify(suites)),
  (error) => print(String(error)),
);
