/**
 * What a connection URL asks for, by the binary's own names, units and defaults.
 * https://www.prisma.io/docs/orm/overview/databases/postgresql#connection-url
 *
 * Parameters that the binary does not know, it drops, and so does this: `statement_timeout` is none of its, and is
 * set by `options=-c statement_timeout=…`.
 */
import { availableParallelism } from "node:os";
import { KnownError } from "./known_error.mjs";

const SSL_MODES = ["disable", "prefer", "require"];

/**
 * @param {string} text
 * @returns Times are in milliseconds, 0 is "without limit".
 * @throws {KnownError} P1013
 */
export function parseConnectionUrl(text) {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!["postgresql:", "postgres:"].includes(url?.protocol)) throw invalid("it must begin with postgresql://");
  const parameters = url.searchParams;
  const sslMode = parameters.get("sslmode");
  return {
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    host: parameters.get("host") ?? (url.hostname.replace(/^\[|\]$/g, "") || "localhost"),
    port: Number(url.port || 5432),
    database: decodeURIComponent(url.pathname.slice(1)) || "postgres",
    schema: parameters.get("schema") ?? undefined,
    applicationName: parameters.get("application_name") ?? undefined,
    options: parameters.get("options") ?? "",
    sslMode: SSL_MODES.includes(sslMode) ? sslMode : "prefer",
    acceptInvalidCertificates: (parameters.get("sslaccept") ?? "accept_invalid_certs") === "accept_invalid_certs",
    certificateFile: parameters.get("sslcert") ?? undefined,
    connectionLimit: wholeNumber(parameters, "connection_limit") ?? availableParallelism() * 2 + 1,
    connectTimeoutMs: milliseconds(parameters, "connect_timeout", 5),
    poolTimeoutMs: milliseconds(parameters, "pool_timeout", 10),
    socketTimeoutMs: milliseconds(parameters, "socket_timeout", 0),
    maxConnectionLifetimeMs: milliseconds(parameters, "max_connection_lifetime", 0),
    maxIdleConnectionLifetimeMs: milliseconds(parameters, "max_idle_connection_lifetime", 300),
  };
}

function milliseconds(parameters, name, defaultSeconds) {
  return (wholeNumber(parameters, name) ?? defaultSeconds) * 1000;
}

function wholeNumber(parameters, name) {
  const text = parameters.get(name);
  if (text === null) return undefined;
  if (!/^\d+$/.test(text)) throw invalid(`${name} is no whole number`);
  return Number(text);
}

function invalid(details) {
  return new KnownError("P1013", `The connection URL is invalid: ${details}.`, { details });
}
