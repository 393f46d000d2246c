/**
 * The codes that the binary gives to what its driver says; here the driver is node-postgres.
 *
 * Errors of SQL are left alone, for the engine itself tells them apart. The codes of a refused connection are
 * PostgreSQL's. https://www.postgresql.org/docs/current/errcodes-appendix.html
 */
import { getSystemErrorMap } from "node:util";
import { KnownError } from "./known_error.mjs";

// node-postgres tells these by their words alone.
const CONNECT_TIMEOUT = "timeout expired";
const POOL_TIMEOUTS = ["timeout exceeded when trying to connect", "Connection terminated due to connection timeout"];
const READ_TIMEOUT = "Query read timeout";
const CLOSED = /^(Connection terminated|Client (was closed|has encountered))/;

const NETWORK_ERRORS = new Set(["ENOTFOUND", ...[...getSystemErrorMap().values()].map(([name]) => name)]);

/** Why a connection could not be opened. */
export function connectionError(error, target) {
  const { user, host, port, database } = target;
  switch (error.code) {
    case "28P01":
      return new KnownError("P1000", `The server at ${host} refused the password of ${user}.`, {
        database_user: user,
        database_host: host,
      });
    case "28000":
      return new KnownError("P1010", `${user} may not use the database ${database}.`, {
        database_user: user,
        database_name: database,
      });
    case "3D000":
      return new KnownError("P1003", `There is no database ${database} on ${host}:${port}.`, {
        database_name: database,
        database_host: host,
        database_port: port,
      });
    case "53300":
      return new KnownError("P2037", `The server at ${host}:${port} has no connection left.`, {
        message: error.message,
      });
  }
  if (error.message === CONNECT_TIMEOUT) return unreachable(target);
  if (isTlsUnavailable(error) || isOfTls(error)) {
    const { message } = error;
    return new KnownError("P1011", `No TLS connection to ${host}:${port}: ${message}.`, { message });
  }
  return lostConnection(error, target) ?? error;
}

/** Why a query, or getting a connection for it, failed. */
export function queryError(error, target) {
  if (error instanceof KnownError) return error;
  const { connectionLimit, poolTimeoutMs, socketTimeoutMs } = target;
  if (POOL_TIMEOUTS.includes(error.message)) {
    return new KnownError("P2024", `No connection of ${connectionLimit} became free within ${poolTimeoutMs} ms.`, {
      connection_limit: connectionLimit,
      timeout: poolTimeoutMs / 1000,
    });
  }
  if (error.message === READ_TIMEOUT) {
    return new KnownError("P1008", `A query took longer than ${socketTimeoutMs} ms.`, {
      time: `${socketTimeoutMs / 1000}s`,
    });
  }
  return lostConnection(error, target) ?? error;
}

export function isTlsUnavailable(error) {
  return error.message.includes("does not support SSL connections");
}

function lostConnection(error, target) {
  if (NETWORK_ERRORS.has(error.code)) return unreachable(target);
  if (CLOSED.test(error.message)) return new KnownError("P1017", "The server has closed the connection.");
  return undefined;
}

function unreachable({ host, port }) {
  return new KnownError("P1001", `The database server at ${host}:${port} cannot be reached.`, {
    database_host: host,
    database_port: port,
  });
}

/** TLS and certificate errors have codes of their own kinds: OpenSSL's, Node's. PostgreSQL's come with a severity. */
function isOfTls(error) {
  return error.code !== undefined && error.severity === undefined && !NETWORK_ERRORS.has(error.code);
}
