// Run by bare engine shells as one script: prints the suites as one line of JSON. What the library takes from its platform
// and a shell doesn't have is stood in for here: a timer that waits for nothing, a clock, base64, text as bytes of ASCII.

import { base64 } from "@scure/base";
import { runSuites } from "../golden/suite.ts";

declare const print: (line: string) => void;

const latin1 = (bytes: Uint8Array) => String.fromCharCode(...bytes);
const bytesOf = (binary: string) => Uint8Array.from(binary, (letter) => letter.charCodeAt(0));

const platform = globalThis as Record<string, unknown>;
platform.setTimeout ??= (run: () => void) => void Promise.resolve().then(run);
platform.performance ??= { now: () => Date.now() };
platform.btoa ??= (binary: string) => base64.encode(bytesOf(binary));
platform.atob ??= (text: string) => latin1(base64.decode(text));
platform.TextEncoder ??= class {
  encode = bytesOf;
};
platform.TextDecoder ??= class {
  decode = latin1;
};

runSuites().then(
  (suites) => print(JSON.stringify(suites)),
  (error) => print(String(error)),
);
