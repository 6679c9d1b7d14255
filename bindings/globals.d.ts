// Globals that the declarations name, for projects whose `lib` hasn't got them: without "dom", or before "es2022".
// Where they are there, these add nothing.

/// <reference lib="esnext.disposable" />

declare namespace WebAssembly {
  interface Module {}
  interface Instance {}
  interface Memory {}
}
interface AbortSignal {}
interface URL {}
interface ErrorOptions {
  cause?: unknown;
}
