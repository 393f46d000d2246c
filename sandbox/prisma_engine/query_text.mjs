/**
 * From the GraphQL text that clients send to the JSON protocol, the only one that the WebAssembly build speaks.
 *
 * What the binary refuses is refused here, too: fragments, variables, subscriptions.
 */
// Not graphql's index, which takes longer to load than the engine to start.
import { GraphQLError } from "graphql/error/GraphQLError.js";
import { OperationTypeNode } from "graphql/language/ast.js";
import { Kind } from "graphql/language/kinds.js";
import { parse } from "graphql/language/parser.js";
import { argumentsJson } from "./argument_json.mjs";
import { KnownError } from "./known_error.mjs";

const MODEL_ACTIONS = [
  /^(?<action>findUnique|findFirst)(?<model>\w+)(?<suffix>OrThrow)$/,
  /^(?<action>createMany)(?<model>\w+)(?<suffix>AndReturn)$/,
  /^(?<action>findUnique|findFirst|findMany|aggregate|groupBy)(?<model>\w+)$/,
  /^(?<action>createOne|createMany|updateOne|updateMany|upsertOne|deleteOne|deleteMany)(?<model>\w+)$/,
];
const RAW_ACTIONS = ["queryRaw", "executeRaw"];

/**
 * @param {string} text one operation with one field
 * @param {{models: import("./argument_json.mjs").Models, rawQueries: boolean}} options
 * @returns {{json: string, name: string, key: string}} the query in the JSON protocol, the name that its answer has
 *   there, and the name that it has for the client
 * @throws {KnownError} without a code where the binary has none
 */
export function translateQuery(text, { models, rawQueries }) {
  const field = onlyField(text);
  const { action, model } = readAction(field.name.value, rawQueries);
  const modelName = model === undefined ? "" : `"modelName":${JSON.stringify(model)},`;
  return {
    json: `{${modelName}"action":"${action}","query":${queryJson(field, model, models)}}`,
    name: field.name.value,
    key: (field.alias ?? field.name).value,
  };
}

function onlyField(text) {
  const { definitions } = parseDocument(text);
  const [operation] = definitions;
  if (definitions.length !== 1 || operation.kind !== Kind.OPERATION_DEFINITION) throw refused("more than an operation");
  if (operation.operation === OperationTypeNode.SUBSCRIPTION) throw refused("a subscription");
  const fields = operation.selectionSet.selections;
  if (fields.length !== 1 || fields[0].kind !== Kind.FIELD) throw refused("more than a field");
  return fields[0];
}

function parseDocument(text) {
  try {
    return parse(text, { noLocation: true });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    throw new KnownError(undefined, `The query is no GraphQL: ${error.message}`);
  }
}

function readAction(name, rawQueries) {
  if (rawQueries && RAW_ACTIONS.includes(name)) return { action: name };
  for (const pattern of MODEL_ACTIONS) {
    const { action, model, suffix = "" } = pattern.exec(name)?.groups ?? {};
    if (action) return { action: action + suffix, model };
  }
  throw refused(`the operation ${name}`); // the engine would break down
}

function queryJson(field, model, models) {
  const argumentText = argumentsJson(field.arguments, model, models);
  return `{"arguments":${argumentText},"selection":${selectionJson(field.selectionSet, model, models)}}`;
}

function selectionJson(selectionSet, model, models) {
  const entries = (selectionSet?.selections ?? []).map((field) => {
    if (field.kind !== Kind.FIELD) throw refused("a fragment");
    if (field.alias) throw refused("a second name for a nested field");
    const name = field.name.value;
    const nested = field.selectionSet ? queryJson(field, models.get(model)?.get(name), models) : "true";
    return `${JSON.stringify(name)}:${nested}`;
  });
  return `{${entries.join(",")}}`;
}

function refused(what) {
  return new KnownError(undefined, `The engine does not take ${what} in a query.`);
}
