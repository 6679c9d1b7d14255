// What a process that measures memory needs: started with --expose-gc.

/** The memories of WebAssembly instances made from now on, for which there is no public accessor. */
export function catchMemories(): readonly WebAssembly.Memory[] {
  const memories: WebAssembly.Memory[] = [];
  WebAssembly.Instance = class extends WebAssembly.Instance {
    constructor(module: WebAssembly.Module, imports?: WebAssembly.Imports) {
      super(module, imports);
      memories.push(this.exports.memory as WebAssembly.Memory);
    }
  };
  return memories;
}

export function collectGarbage(): void {
  const { gc } = globalThis as { gc?: () => void };
  if (gc === undefined) throw new Error("memory is measured with node --expose-gc");
  gc();
}
