/** The binary's options, as far as clients use them; an option of the same name in the environment is the default. */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";

export class UsageError extends Error {}

const OPTIONS = {
  version: { type: "boolean", short: "V" },
  host: { type: "string", short: "H", default: "127.0.0.1" },
  port: { type: "string", short: "p", default: "4466" },
  "datamodel-path": { type: "string" },
  datamodel: { type: "string" },
  "overwrite-datasources": { type: "string" },
  "enable-raw-queries": { type: "boolean", short: "r" },
  "log-queries": { type: "boolean", short: "n" },
  // Taken because clients always give it; the WebAssembly build counts nothing.
  "enable-metrics": { type: "boolean", short: "m" },
};

/**
 * @param {string[]} argumentList without the program's name
 * @param {Record<string, string | undefined>} environment
 * @returns {{version: true} | {version: false, host: string, port: number, datamodel: string,
 *   datasourceUrls: Map<string, string>, rawQueries: boolean, logQueries: boolean}} `datasourceUrls` are those that
 *   stand in for the schema's, by datasource.
 * @throws {UsageError}
 */
export function parseCommandLine(argumentList, environment) {
  let given;
  try {
    given = parseArgs({ args: argumentList, options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error.message);
  }
  if (given.version) return { version: true };
  return {
    version: false,
    host: given.host,
    port: parsePort(given.port),
    datamodel: readDatamodel({
      text: given.datamodel ?? environment.PRISMA_DML,
      path: given["datamodel-path"] ?? environment.PRISMA_DML_PATH,
    }),
    datasourceUrls: parseDatasourceUrls(given["overwrite-datasources"] ?? environment.OVERWRITE_DATASOURCES),
    rawQueries: given["enable-raw-queries"] ?? false,
    logQueries: given["log-queries"] ?? isOn(environment.LOG_QUERIES),
  };
}

function parsePort(text) {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535) throw new UsageError(`${text} is no port`);
  return port;
}

function readDatamodel({ text, path }) {
  if (text !== undefined) return decodeIfBase64(text);
  if (path === undefined) throw new UsageError("no schema; set PRISMA_DML_PATH to its path, or PRISMA_DML to its text");
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new UsageError(`the schema cannot be read: ${error.message}`);
  }
}

function parseDatasourceUrls(text) {
  if (text === undefined) return new Map();
  try {
    return new Map(JSON.parse(decodeIfBase64(text)).map(({ name, url }) => [name, url]));
  } catch {
    throw new UsageError("OVERWRITE_DATASOURCES is no JSON list of objects with name and url");
  }
}

/** No schema and no list of datasources is Base64 by accident: both have characters that Base64 lacks. */
function decodeIfBase64(text) {
  return /^[A-Za-z0-9+/\s]+=*\s*$/.test(text) ? Buffer.from(text, "base64").toString("utf8") : text;
}

function isOn(value) {
  return ["y", "yes", "true", "1"].includes((value ?? "").toLowerCase());
}
