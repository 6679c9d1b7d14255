// How the bundler hands over a .wasm file: as text in the main entry (engine/wasm/bytes-as-text.ts), left as an import in workerd.ts.
declare module "*.wasm" {
  const text: string;
  export default text;
}
