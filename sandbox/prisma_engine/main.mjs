/**
 * Prisma's query engine for machines that cannot have the native one: the WebAssembly build of the same commit, behind
 * the command line, environment, HTTP protocol and error codes of the binary.
 *
 * What it has not: metrics, tracing, the playground, a Unix socket to listen on. Raw queries know the types that a
 * field can have, another column (of type `name`, say) is P2010; whole numbers beyond 2^53 in their JSON columns lose
 * digits.
 */
import { parseCommandLine, UsageError } from "./command_line.mjs";
import { engineCommit } from "./engine_commit.mjs";

try {
  const options = parseCommandLine(process.argv.slice(2), process.env);
  if (options.version) {
    console.log(`query-engine ${engineCommit}`);
  } else {
    const { serve } = await import("./serve.mjs"); // not before: clients ask for the version at each start
    await serve(options, process.env);
  }
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
}
