/** From the answers of the JSON protocol to those of the binary: plain values, under the names the client chose. */

/**
 * @param {object} answer of the engine
 * @param {{name: string, key: string}} query
 */
export function clientAnswer(answer, { name, key }) {
  if (answer.errors) return { errors: answer.errors };
  return { data: { [key]: isRaw(name) ? answer.data[name] : plain(answer.data[name]) } };
}

/**
 * @param {object} answer of the engine to a batch
 * @param {{name: string, key: string}[]} queries
 */
export function clientBatchAnswer(answer, queries) {
  if (answer.errors) return { errors: answer.errors };
  return { batchResult: answer.batchResult.map((result, index) => clientAnswer(result, queries[index])) };
}

/** Rows of raw queries are plain already, and a JSON column of theirs may hold anything. */
function isRaw(name) {
  return name === "queryRaw" || name === "executeRaw";
}

/** Without the marks on decimals, times and JSON: `{"$type": "Decimal", "value": "9.99"}` is "9.99" to the client. */
function plain(value) {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  if ("$type" in value) return value.value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, plain(inner)]));
}
