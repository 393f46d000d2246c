/**
 * The little that must be known of a schema beside what the engine knows: where its database is, and its fields' types.
 *
 * Prisma's schema language has one setting or field a line, and a block ends with a line of `}` alone.
 * https://www.prisma.io/docs/orm/prisma-schema/overview
 */
import { KnownError } from "./known_error.mjs";

const BLOCK = /^\s*(?<kind>datasource|model|type)\s+(?<name>\w+)\s*\{(?<lines>[\s\S]*?)^\s*\}/gm;
const URL_SETTING = /^\s*url\s*=\s*(?:env\(\s*"(?<variable>[^"]*)"\s*\)|"(?<text>[^"]*)")/m;
const FIELD = /^\s*(?<name>\w+)\s+(?<type>\w+)/gm;

/**
 * @param {string} text of a schema that Prisma takes
 * @returns {{datasource?: {name: string, variable?: string, text?: string}, models: Map<string, Map<string, string>>}}
 *   where the datasource's url is found, and each model's fields with their types' names, without `?` and `[]`
 */
export function parseDatamodel(text) {
  const models = new Map();
  let datasource;
  for (const { groups } of text.matchAll(BLOCK)) {
    const { kind, name, lines } = groups;
    if (kind === "datasource") datasource = { name, ...URL_SETTING.exec(lines)?.groups };
    else models.set(name, new Map(Array.from(lines.matchAll(FIELD), ({ groups: field }) => [field.name, field.type])));
  }
  return { datasource, models };
}

/**
 * @param {ReturnType<parseDatamodel>["datasource"]} datasource
 * @param {Map<string, string>} given urls that stand in for the schema's, by datasource
 * @param {Record<string, string | undefined>} environment
 * @throws {KnownError} P1012
 */
export function datasourceUrl(datasource, given, environment) {
  const { name, variable, text } = datasource ?? {};
  const url = given.get(name) ?? text ?? environment[variable];
  if (url) return url;
  const reason = variable ? `the variable ${variable} is not set` : "the schema has no datasource with a url";
  throw new KnownError("P1012", `No database to connect to: ${reason}.`, { full_error: reason });
}
