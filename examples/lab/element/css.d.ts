// Style sheets are bundled as text (build.ts).
declare module "*.css" {
  const text: string;
  export default text;
}
