// The bundler of kit.ts writes it into a program.

declare const SHARE: import("../golden/share.ts").Share | undefined;
