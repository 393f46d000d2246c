/** Connections to PostgreSQL within a URL's limits; what fails is a KnownError where Prisma has a code for it. */
import { readFileSync } from "node:fs";
import pg from "pg";
import { connectionError, isTlsUnavailable, queryError } from "./database_error.mjs";

/**
 * A pool that has connected once, as the binary does before it serves.
 *
 * @param {ReturnType<import("./connection_url.mjs").parseConnectionUrl>} target
 * @returns {Promise<pg.Pool>}
 */
export async function openPool(target) {
  if (target.sslMode === "disable") return connected(createPool(target, false));
  const ssl = {
    rejectUnauthorized: !target.acceptInvalidCertificates,
    ...(target.certificateFile && { ca: readFileSync(target.certificateFile) }),
  };
  try {
    return await connected(createPool(target, ssl));
  } catch (error) {
    if (target.sslMode === "prefer" && isTlsUnavailable(error)) return connected(createPool(target, false));
    throw error;
  }
}

async function connected(pool) {
  const client = await pool.connect();
  client.release();
  return pool;
}

function createPool(target, ssl) {
  const pool = new Pool({
    Client: connectionClass(target),
    user: target.user,
    password: target.password,
    host: target.host,
    port: target.port,
    database: target.database,
    application_name: target.applicationName,
    options: serverOptions(target),
    ssl,
    max: target.connectionLimit,
    connectionTimeoutMillis: target.poolTimeoutMs,
    idleTimeoutMillis: target.maxIdleConnectionLifetimeMs,
    maxLifetimeSeconds: target.maxConnectionLifetimeMs / 1000,
    query_timeout: target.socketTimeoutMs || undefined,
  });
  pool.target = target;
  // An idle connection that breaks is replaced when the next is needed.
  pool.on("error", () => {});
  return pool;
}

function serverOptions({ options, schema }) {
  // The driver adapter takes the wall clock of a timestamp for UTC.
  const own = ["-c TimeZone=UTC"];
  if (schema !== undefined) {
    const identifier = `"${schema.replaceAll('"', '""')}"`;
    own.push(`-c search_path=${identifier.replace(/[\\\s]/g, "\\$&")}`);
  }
  return [options, ...own].join(" ").trim();
}

class Pool extends pg.Pool {
  async query(...parameters) {
    try {
      return await super.query(...parameters);
    } catch (error) {
      throw queryError(error, this.target);
    }
  }

  connect(callback) {
    if (callback) return super.connect(callback); // pg's own, on the way to a query
    return super.connect().catch((error) => {
      throw queryError(error, this.target);
    });
  }
}

/** The pool hands its options to each connection; a connection has limits of its own. */
function connectionClass(target) {
  return class Connection extends pg.Client {
    constructor(options) {
      super({ ...options, password: target.password, connectionTimeoutMillis: target.connectTimeoutMs });
      // While a transaction holds the connection, only its next query is to learn that it broke.
      this.on("error", () => {});
    }

    connect(callback) {
      super.connect((error) => callback(error && connectionError(error, target)));
    }

    async query(...parameters) {
      if (typeof parameters.at(-1) === "function") return super.query(...parameters);
      try {
        return await super.query(...parameters);
      } catch (error) {
        const known = queryError(error, target);
        // Its statement still runs: the transaction's end would wait for it.
        if (known.code === "P1008") this.end();
        throw known;
      }
    }
  };
}
