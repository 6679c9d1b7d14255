// The command `bitgrad`, for Node, Deno and Bun. Its subcommands are in cli/, over the library as an application has
// it.
// Exit status: 0 done, 1 failed, 2 misused, 130 interrupted.

import { Command, CommanderError } from "commander";
import { endingOf } from "./cli/failures.ts";
import { addInspect } from "./cli/inspect.ts";
import { addLab } from "./cli/lab.ts";
import { addPredict } from "./cli/predict.ts";
import { addReplay } from "./cli/replay.ts";
import { addTrain } from "./cli/train.ts";
import { addVerify } from "./cli/verify.ts";

declare const BITGRAD_VERSION: string;

const program = new Command("bitgrad")
  .description("Neural-network training, bit for bit the same everywhere.")
  .version(BITGRAD_VERSION)
  .addHelpText("after", "\nRun `bitgrad help <command>` for the options of a command.")
  .exitOverride();
for (const add of [addTrain, addPredict, addInspect, addReplay, addVerify, addLab]) add(program);

process.stdout.on("error", ({ code }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") process.exit(0); // who reads it has seen enough, as head has
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const { message, status } = endingOf(error);
    console.error(`bitgrad: ${message}`);
    process.exitCode = status;
  }
}
