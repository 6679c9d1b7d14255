// How the bundler hands over a .wasm file: as base64 text in the main entry, left as an import in workerd.ts.
declare module "*.wasm" {
  const content: string;
  export default content;
}
