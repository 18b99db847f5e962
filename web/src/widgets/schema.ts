/** What the schema of a port says about its widget. */

import type { JsonSchema, Port } from "../model/catalogue";

/** The schema without its `null`. */
export function inner(schema: JsonSchema): JsonSchema {
  const others = schema.anyOf?.filter(({ type }) => type !== "null") ?? [];
  const only = others[0];
  return others.length === 1 && only !== undefined ? only : schema;
}

/** The port as it is for a value that is not null. */
export function withoutNull(port: Port): Port {
  return { ...port, nullable: false, schema: inner(port.schema ?? {}) };
}

/** The port of one item of a list. */
export function itemOf(port: Port): Port {
  const type = port.type.replace(/^list\[|\]$/g, "");
  return { ...port, type, nullable: false, required: true, schema: port.schema?.items ?? {}, default: undefined };
}

/** Whether texts of this schema are colours such as `#ff8800`. */
export function isColor({ pattern, format }: JsonSchema): boolean {
  if (format === "color") return true;
  if (pattern === undefined || !pattern.startsWith("^#")) return false;
  try {
    const expression = new RegExp(pattern, "u");
    return ["#1a2b3c", "#1A2B3C"].some((color) => expression.test(color)) && !expression.test("#xyzxyz");
  } catch {
    // A pattern of another language than JavaScript: then it is a text.
    return false;
  }
}

/** What a new value is, where something must stand and there is no default. */
export function initial({ type, schema }: Port): unknown {
  const { enum: names, minimum, items, format } = schema ?? {};
  if (schema?.const !== undefined) return schema.const;
  if (names !== undefined && names.length > 0) return names[0];
  if (items !== undefined || type.startsWith("list[")) return [];
  if (type === "int" || type === "float") return minimum !== undefined && minimum > 0 ? minimum : 0;
  if (type === "bool") return false;
  if (type === "str") return format === "color" || isColor(schema ?? {}) ? "#000000" : "";
  return schema?.type === "object" ? {} : null;
}
