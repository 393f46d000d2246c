/** How long the engine lives: until it is told to end, or nobody is left whom it could serve. */
import { setInterval } from "node:timers";

const PARENT_POLL_MS = 250;

export function endWithParent() {
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(0));
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) process.exit(0); // it died, and another process has adopted this one
  }, PARENT_POLL_MS).unref();
}
