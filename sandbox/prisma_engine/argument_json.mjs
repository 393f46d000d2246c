/**
 * Arguments of a query as JSON text: text, so that a number keeps all its digits.
 *
 * The two protocols differ in one thing. To GraphQL a value of a Json field is a string that holds JSON; in the JSON
 * protocol a string there is itself the value, unless it is marked. So the walk through the arguments knows of each
 * object which model's fields it has.
 */
import { Kind } from "graphql/language/kinds.js";
import { KnownError } from "./known_error.mjs";

/** Arguments with fields of the model. In others, such as `orderBy`, what stands at a field is no value of its type. */
const MODEL_ARGUMENTS = new Set(["where", "data", "create", "update", "cursor", "having"]);

/** What a filter or an update of a Json field has beside JSON. */
const JSON_OPTIONS = new Set(["path", "mode", "string_contains", "string_starts_with", "string_ends_with"]);

const INT64 = { lowest: -(2n ** 63n), highest: 2n ** 63n - 1n };

/** @typedef {Map<string, Map<string, string>>} Models each with its fields' types */
/** @typedef {readonly {name: {value: string}, value: import("graphql").ValueNode}[]} Entries of a field or an object */

/**
 * @param {Entries} entries
 * @param {string | undefined} model undefined for raw queries
 * @param {Models} models
 */
export function argumentsJson(entries, model, models) {
  return objectJson(entries, (name, value) =>
    MODEL_ARGUMENTS.has(name) ? fieldsJson(value, model, models) : valueJson(value),
  );
}

/**
 * An object, or a list of them, with fields of the model. What is no field keeps to the same model: AND, OR, NOT, and
 * the operations of a nested write with their arguments.
 */
function fieldsJson(node, model, models) {
  return eachJson(node, (name, value) => {
    const type = models.get(model)?.get(name);
    if (type === "Json") return jsonFieldJson(value);
    if (models.has(type)) return eachJson(value, (_, operand) => fieldsJson(operand, type, models));
    return type === undefined ? fieldsJson(value, model, models) : valueJson(value);
  });
}

function jsonFieldJson(node) {
  if (node.kind === Kind.STRING) return markedJson("Json", node.value);
  if (node.kind === Kind.ENUM) return markedJson("Enum", node.value); // such as DbNull
  return eachJson(node, (name, value) => (JSON_OPTIONS.has(name) ? valueJson(value) : jsonFieldJson(value)));
}

function markedJson(type, value) {
  return JSON.stringify({ $type: type, value });
}

/** Of an object or a list of objects, each entry by `entryJson`; anything else as it is. */
function eachJson(node, entryJson) {
  if (node.kind === Kind.LIST) return `[${node.values.map((item) => eachJson(item, entryJson)).join(",")}]`;
  return node.kind === Kind.OBJECT ? objectJson(node.fields, entryJson) : valueJson(node);
}

function objectJson(entries, entryJson) {
  const members = entries.map(({ name, value }) => `${JSON.stringify(name.value)}:${entryJson(name.value, value)}`);
  return `{${members.join(",")}}`;
}

function valueJson(node) {
  switch (node.kind) {
    case Kind.INT:
      return integerJson(node.value);
    case Kind.FLOAT:
    case Kind.BOOLEAN:
      return String(node.value);
    case Kind.STRING:
    case Kind.ENUM:
      return JSON.stringify(node.value);
    case Kind.NULL:
      return "null";
    case Kind.LIST:
    case Kind.OBJECT:
      return eachJson(node, (_, value) => valueJson(value));
    default:
      throw new KnownError(undefined, "The engine does not take a variable in a query.");
  }
}

function integerJson(digits) {
  const value = BigInt(digits);
  if (value < INT64.lowest || value > INT64.highest) {
    const details = "A number in the query does not fit into a signed integer of 64 bits.";
    throw new KnownError("P2033", details, { details });
  }
  return digits;
}
