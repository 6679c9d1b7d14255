// The package has no types.

declare module "jsfive" {
  export class File {
    constructor(file: ArrayBuffer, name?: string);
  }
}
