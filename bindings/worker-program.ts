// The program of bitgrad's workers as a file, for pages whose content security policy doesn't allow `worker-src blob:`.
// Such a page serves the file itself and passes its address as `workerUrl`.

import { serve as join } from "./engine/wasm/member.ts";
import type { Task } from "./engine/wasm/workers.ts";
import { serve } from "./worker/program.ts";
import type { Message } from "./worker/training.ts";

interface WorkerGlobal {
  onmessage: (event: { readonly data: Message | Task }) => void;
  postMessage(message: unknown, transfer?: readonly ArrayBuffer[]): void;
  close(): void;
}

const worker = globalThis as unknown as WorkerGlobal;

worker.onmessage = ({ data }) => {
  const post = (message: unknown, transfer?: readonly ArrayBuffer[]) => worker.postMessage(message, transfer);
  if (typeof data === "object" && "teamPtr" in data) join(data, post, () => worker.close());
  else serve(data, post);
};
worker.postMessage("ready");
