/** Connects to the database, then serves. What keeps it from that goes to stderr as the binary's JSON; exit code 1. */
import { once } from "node:events";
import { openPool } from "./connection_pool.mjs";
import { parseConnectionUrl } from "./connection_url.mjs";
import { datasourceUrl, parseDatamodel } from "./datamodel.mjs";
import { createEngineServer } from "./http_server.mjs";
import { KnownError } from "./known_error.mjs";
import { endWithParent } from "./lifetime.mjs";
import { loadBindings, WebAssemblyEngine } from "./webassembly_engine.mjs";

export async function serve(options, environment) {
  endWithParent();
  try {
    const { datamodel, datasourceUrls, rawQueries, logQueries } = options;
    const { datasource, models } = parseDatamodel(datamodel);
    const target = parseConnectionUrl(datasourceUrl(datasource, datasourceUrls, environment));
    const [bindings, pool] = await Promise.all([loadBindings(), openPool(target)]);
    const engine = await WebAssemblyEngine.connect(bindings, { datamodel, pool, schema: target.schema, logQueries });
    const server = createEngineServer(engine, { models, rawQueries });
    server.listen(options.port, options.host);
    await once(server, "listening");
  } catch (error) {
    const said = error instanceof KnownError ? error : { is_panic: false, message: error.message, backtrace: null };
    console.error(JSON.stringify(said));
    process.exit(1);
  }
}
