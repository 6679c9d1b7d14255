// The types of AssemblyScript that the bindings meet in catalog/codes.ts.

declare type u32 = number;
