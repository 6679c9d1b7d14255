// How the bundler hands over a .wasm file: as hexadecimal text in the main entry, left as an import in workerd.ts.
declare module "*.wasm" {
  const content: string;
  export default content;
}
