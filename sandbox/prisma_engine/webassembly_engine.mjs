/** Prisma's query engine in this process: JSON protocol in, JSON protocol out. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { PrismaPg } from "@prisma/adapter-pg";
import { bindAdapter } from "@prisma/driver-adapter-utils";

const require = createRequire(import.meta.url);
const BINDINGS = "@prisma/client/runtime/query_engine_bg.postgresql.js";
const MODULE = "@prisma/client/runtime/query_engine_bg.postgresql.wasm";

// The build works through driver adapters only, and takes that from a JavaScript client's generator. Features add up
// over all generators of a schema, so the schema's own stay as they are.
const GENERATOR = `
generator webAssemblyEngine {
  provider        = "prisma-client-js"
  previewFeatures = ["driverAdapters"]
}
`;

// What the engine calls an error that came from the adapter and is none of SQL's.
const ADAPTER_ERROR = "P2036";

const NO_TRACE = "{}";

// The build breaks down on an id of another form; of this form it says that there is no such transaction.
const TRANSACTION_ID = /^[a-z0-9]{25}$/;
const NO_TRANSACTION_ID = "c".padEnd(25, "0");

export class WebAssemblyEngine {
  #adapter;
  #engine;

  /**
   * @param {typeof import("@prisma/client/runtime/query_engine_bg.postgresql.js")} bindings from loadBindings
   * @param {{datamodel: string, pool: import("pg").Pool, schema?: string, logQueries: boolean}} options
   */
  static async connect(bindings, { datamodel, pool, schema, logQueries }) {
    const engine = new WebAssemblyEngine();
    engine.#adapter = bindAdapter(new PrismaPg(pool, { schema }));
    engine.#engine = new bindings.QueryEngine(
      { datamodel: datamodel + GENERATOR, logLevel: "error", logQueries, engineProtocol: "json" },
      (event) => console.log(event),
      engine.#adapter,
    );
    await engine.#engine.connect(NO_TRACE);
    return engine;
  }

  /**
   * @param {string} query in the JSON protocol
   * @param {string} [transactionId]
   * @returns {Promise<object>} with `data`, `batchResult` or `errors`
   */
  async query(query, transactionId) {
    const id = transactionId && knownForm(transactionId);
    const answer = JSON.parse(await this.#engine.query(query, NO_TRACE, id));
    answer.errors = answer.errors?.map(({ error, user_facing_error }) => {
      const original = this.#adapterError(user_facing_error);
      return original ? { error: original.message, user_facing_error: original } : { error, user_facing_error };
    });
    return answer;
  }

  /** Each of these answers `{…}`, or an error with an `error_code`. */
  startTransaction(options) {
    return this.#transaction(this.#engine.startTransaction(JSON.stringify(options), NO_TRACE));
  }

  commitTransaction(id) {
    return this.#transaction(this.#engine.commitTransaction(knownForm(id), NO_TRACE));
  }

  rollbackTransaction(id) {
    return this.#transaction(this.#engine.rollbackTransaction(knownForm(id), NO_TRACE));
  }

  async #transaction(pending) {
    const answer = JSON.parse(await pending);
    return this.#adapterError(answer) ?? answer;
  }

  /** The adapter's own error, which the engine keeps by a number; undefined for the engine's errors. */
  #adapterError({ error_code: code, meta }) {
    if (code !== ADAPTER_ERROR) return undefined;
    const { registeredErrors } = this.#adapter.errorRegistry;
    const { error } = registeredErrors[meta.id];
    delete registeredErrors[meta.id]; // the registry itself never forgets
    if (error.toJSON) return error.toJSON();
    return { is_panic: false, message: `${error.message}`, backtrace: null };
  }
}

/** The module's functions, with the module behind them. */
export async function loadBindings() {
  const bindings = require(BINDINGS);
  const { instance } = await WebAssembly.instantiate(await readFile(require.resolve(MODULE)), {
    "./query_engine_bg.js": bindings,
  });
  bindings.__wbg_set_wasm(instance.exports);
  return bindings;
}

function knownForm(id) {
  return TRANSACTION_ID.test(id) ? id : NO_TRANSACTION_ID;
}
