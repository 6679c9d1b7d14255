// How the bundler hands over a .wasm file: as text in the main entry (engine/wasm/bytes-as-text.ts), left as an import
// in workerd.ts.
declare module "*.wasm" {
  const text: string;
  export default text;
}

// And the worker's program: bundled, as text of a function.
declare module "*?text" {
  const text: string;
  export default text;
}

// And the texts of a source's declarations, by name.
declare module "*?pieces" {
  const pieces: Readonly<Record<string, string>>;
  export default pieces;
}
