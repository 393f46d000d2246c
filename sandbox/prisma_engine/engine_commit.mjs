import { createRequire } from "node:module";

/** The commit of prisma/prisma-engines that the WebAssembly build was made from. */
export const engineCommit = createRequire(import.meta.url)("@prisma/engines-version").enginesVersion;
