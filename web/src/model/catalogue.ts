/** What graphs are made of, as the server tells it: node types with their ports, wire types. */

import { type Names, record } from "./record";

export interface Port {
  readonly name: string;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly nullable?: boolean;
  readonly required: boolean;
  readonly lazy?: boolean;
  readonly default?: unknown;
  readonly schema?: JsonSchema | null;
  readonly widget?: WidgetHints;
}

/** The part of JSON Schema (2020-12) that ports use. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number | bigint;
  readonly maximum?: number | bigint;
  readonly exclusiveMinimum?: number | bigint;
  readonly exclusiveMaximum?: number | bigint;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
  readonly description?: string;
  readonly [name: string]: unknown;
}

export interface WidgetHints {
  readonly files?: string;
  readonly choices?: string;
  readonly multiline?: boolean;
  readonly painted?: boolean;
  readonly prompt?: boolean;
  readonly slider?: boolean;
  readonly step?: number | null;
  readonly seed?: boolean;
}

export interface NodeType {
  readonly name: string;
  readonly title: string;
  readonly category: string;
  readonly description: string;
  readonly version: number;
  readonly owner: string;
  readonly cacheable?: boolean;
  readonly output: boolean;
  readonly deprecated?: boolean;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

export interface WireType {
  readonly name: string;
  readonly color: string;
  readonly description: string;
  readonly owner?: string;
}

export interface Catalogue {
  readonly nodes: Names<NodeType>;
  readonly types: Names<WireType>;
  /** By list of choices, its first name: what a new node is given where there is no default. */
  readonly first: Names<string>;
}

export const EMPTY: Catalogue = { nodes: record(), types: record(), first: record() };

/** A catalogue of these node types and wire types. */
export function catalogue(nodes: readonly NodeType[], types: readonly WireType[], first: Names<string> = record()): Catalogue {
  return {
    nodes: record(nodes.map((node) => [node.name, node])),
    types: record(types.map((type) => [type.name, type])),
    first,
  };
}

export function inputOf(type: NodeType | undefined, name: string): Port | undefined {
  return type?.inputs.find((port) => port.name === name);
}

export function outputOf(type: NodeType | undefined, name: string): Port | undefined {
  return type?.outputs.find((port) => port.name === name);
}

/** Whether an input can be given a literal; wire types cannot. */
export function takesValue(port: Port): boolean {
  return port.schema !== undefined && port.schema !== null;
}

/** The type as a message shows it. */
export function shownType(port: Port): string {
  return port.nullable === true ? `${port.type} or null` : port.type;
}
