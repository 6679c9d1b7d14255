// A transform of asc: writes the module before optimization as text, with the place in the sources of every expression.

import { writeFileSync } from "node:fs";
import { Transform } from "assemblyscript/transform";

export default class extends Transform {
  afterCompile(module) {
    // conditions that inlining has made constant are no branches
    module.runPasses(["precompute-propagate", "dce", "vacuum"]);
    writeFileSync(process.env.TEXT_FILE, module.emitText());
  }
}
