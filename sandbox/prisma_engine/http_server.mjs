/** The binary's HTTP protocol. A query that fails has status 200, too: all about it is in the answer's JSON. */
import { createServer } from "node:http";
import { clientAnswer, clientBatchAnswer } from "./answer.mjs";
import { KnownError } from "./known_error.mjs";
import { translateQuery } from "./query_text.mjs";

const TRANSACTION = /^\/transaction\/(?<id>[^/]+)\/(?<end>commit|rollback)$/;

/**
 * @param {import("./webassembly_engine.mjs").WebAssemblyEngine} engine
 * @param {{models: import("./argument_json.mjs").Models, rawQueries: boolean}} options
 */
export function createEngineServer(engine, options) {
  const server = createServer(async (request, response) => {
    const { status = 200, body } = await route(engine, options, request);
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  });
  // The client keeps its connection for as long as it likes.
  server.keepAliveTimeout = 0;
  server.requestTimeout = 0;
  return server;
}

async function route(engine, options, request) {
  const { pathname } = new URL(request.url, "http://engine");
  const transaction = TRANSACTION.exec(pathname)?.groups;
  switch (`${request.method} ${pathname}`) {
    case "GET /status":
      return { body: { status: "ok" } };
    case "GET /metrics":
      return { status: 501, body: { error: "Prisma's WebAssembly build has no metrics." } };
    case "POST /":
      return answer(engine, options, request);
    case "POST /transaction/start":
      return transactionAnswer(await engine.startTransaction(await readJson(request)));
  }
  if (request.method === "POST" && transaction) {
    const { id, end } = transaction;
    return transactionAnswer(
      await (end === "commit" ? engine.commitTransaction(id) : engine.rollbackTransaction(id)),
    );
  }
  return { status: 404, body: { error: `There is no ${request.method} ${pathname}.` } };
}

async function answer(engine, options, request) {
  let body;
  try {
    body = await readJson(request);
  } catch {
    return { status: 400, body: { error: "The body is no JSON." } };
  }
  const transactionId = request.headers["x-transaction-id"];
  try {
    if (!body.batch) {
      const query = translateQuery(body.query, options);
      return { body: clientAnswer(await engine.query(query.json, transactionId), query) };
    }
    const queries = body.batch.map(({ query }) => translateQuery(query, options));
    const batch = queries.map(({ json }) => json).join(",");
    const isolation = JSON.stringify({ isolationLevel: body.isolationLevel });
    const json = `{"batch":[${batch}],"transaction":${body.transaction ? isolation : "null"}}`;
    return { body: clientBatchAnswer(await engine.query(json, transactionId), queries) };
  } catch (error) {
    if (!(error instanceof KnownError)) throw error;
    return { body: { errors: [{ error: error.message, user_facing_error: error }] } };
  }
}

/** Unlike a query, a transaction that fails has a status of its own. */
function transactionAnswer(body) {
  if (!("is_panic" in body)) return { body };
  return { status: transactionStatus(body), body };
}

function transactionStatus({ error_code: code, message }) {
  if (code !== "P2028") return 500;
  if (message.includes("Transaction not found")) return 404;
  if (message.includes("already closed")) return 422;
  return message.includes("Unable to start") ? 504 : 500;
}

async function readJson(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
