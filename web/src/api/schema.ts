/** What goes over the wire: the server's JSON, as nodeflow/api describes it. */
import type { JsonSchema, NodeType, Port, WidgetHints, WireType } from "../model/catalogue";

export type { JsonSchema, NodeType, Port, WidgetHints, WireType };

/** Any JSON value; an integer beyond 2^53 is a bigint. */
export type Json = unknown;
export type Values = Readonly<Record<string, Json>>;

/** A graph as it goes over the wire: docs/graph-format.md. `model/document` reads and writes it. */
export type GraphDocument = Values;

export interface Choice {
  readonly name: string;
  readonly owner: string | null;
}
export interface ModelKind {
  readonly kind: string;
  readonly files: readonly { readonly name: string; readonly size: number | null }[];
  readonly folders: number;
}
/** A plugin; a `stale` one works as it was before its files were changed. */
export interface Plugin {
  readonly name: string;
  /** Empty where it is a file or folder in a folder of plugins. */
  readonly distribution: string;
  readonly version: string;
  /** Its module, or its file. */
  readonly origin: string;
  readonly state: "loaded" | "stale" | "failed" | "disabled";
  readonly error: string;
  /** `file:line`, as far as known. */
  readonly place: string;
  readonly fix: string;
  readonly traceback: string;
  readonly isolated: boolean;
  readonly nodes: readonly string[];
  readonly hooks: readonly string[];
}
export interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** One thing that is wrong, and where: `pointer` is a JSON pointer into the `part` of the request. */
export interface Flaw {
  readonly part: "body" | "path" | "query" | "header" | "graph";
  readonly pointer: string;
  readonly code: string;
  readonly message: string;
  readonly expected?: string | null;
  readonly got?: string | null;
  readonly nearest?: string | null;
}
export interface ProblemDetail {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly instance?: string | null;
  readonly errors?: readonly Flaw[];
  readonly more?: number;
}

export interface GraphSummary {
  readonly name: string;
  readonly etag: string;
  readonly created: number;
  readonly updated: number;
  readonly nodes: number;
  readonly inputs: readonly string[];
}
/** A node that would run, or be found: `cached` is null while no worker has told what it has. */
export interface CheckedStep {
  readonly node_id: string;
  readonly type: string;
  readonly cached: boolean | null;
  readonly volatile: string;
}
export interface Check {
  readonly valid: boolean;
  readonly problems: readonly Flaw[];
  readonly targets: readonly string[];
  readonly steps: readonly CheckedStep[];
  readonly warnings: readonly string[];
}

export type RunState = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export type NodeStateName = "waiting" | "running" | "cached" | "done" | "skipped" | "failed";

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly node_id?: string | null;
  readonly type?: string | null;
  readonly input?: string | null;
  readonly error?: string | null;
  readonly traceback?: string | null;
  readonly problems?: readonly Values[];
}
export interface RunSummary {
  readonly id: string;
  readonly state: RunState;
  readonly cancelling: boolean;
  readonly priority: number;
  readonly position: number | null;
  readonly name: string | null;
  readonly tags: readonly string[];
  /** What tells it from others of its graph, by the names of inputs; a long text is its beginning. */
  readonly traits: Values;
  readonly batch: string | null;
  readonly retry_of: string | null;
  readonly attempt: number;
  readonly created: number;
  readonly started: number | null;
  readonly finished: number | null;
  readonly seconds: number | null;
  readonly error: RunError | null;
  readonly webhook: string | null;
}
export interface NodeState {
  readonly node_id: string;
  readonly type: string;
  readonly state: NodeStateName;
  readonly started: number | null;
  readonly seconds: number | null;
  readonly reason: string | null;
  readonly done: number | null;
  readonly total: number | null;
  readonly warnings: readonly string[];
}
export interface Artifact {
  readonly run_id: string;
  readonly node_id: string;
  readonly sha256: string;
  readonly name: string;
  readonly media_type: string;
  readonly size: number;
  readonly created: number;
  /** Those of its run, where it was read from the gallery. */
  readonly traits?: Values;
}
export interface ArtifactInGallery extends Artifact {
  readonly traits: Values;
  readonly graph: GraphDocument | null;
}
export interface Run extends RunSummary {
  readonly graph: GraphDocument;
  readonly targets: readonly string[] | null;
  readonly nodes: readonly NodeState[];
  readonly artifacts: readonly Artifact[];
  readonly outputs: { readonly [node: string]: Values };
  readonly last_event: number;
}
export interface BatchAnswer {
  readonly batch: string;
  readonly runs: readonly RunSummary[];
}
/** Many runs of one graph: lists of values by the name of an input. */
export interface Batch {
  readonly zip?: { readonly [input: string]: readonly Json[] };
  readonly product?: { readonly [input: string]: readonly Json[] };
}
export interface RunRequest {
  readonly graph?: GraphDocument;
  readonly name?: string;
  readonly inputs?: Values;
  readonly targets?: readonly string[];
  readonly priority?: number;
  readonly tags?: readonly string[];
  readonly batch?: Batch;
}
export type Place = "first" | "last" | "before" | "after";

export interface Worker {
  readonly name: string;
  readonly device: string;
  readonly state: "starting" | "idle" | "busy" | "stopped";
  readonly since: number;
  readonly pid: number | null;
  readonly run_id: string | null;
  readonly rss: number | null;
  readonly responsive: boolean;
  readonly restarts: number;
  readonly last_error: string | null;
}
export interface Queue {
  readonly paused: boolean;
  readonly queued: number;
  readonly running: number;
  readonly workers: readonly Worker[];
}
export interface File {
  readonly sha256: string;
  readonly name: string;
  readonly media_type: string;
  readonly size: number;
  readonly width: number | null;
  readonly height: number | null;
  /** What an input that takes a file is given. */
  readonly value: string;
}

/** Something that happened: docs/api.md lists the kinds and what their `data` holds. */
export interface ServerEvent {
  readonly id: number | null;
  readonly run_id: string | null;
  readonly sequence: number | null;
  readonly kind: string;
  readonly time: number;
  readonly node_id: string | null;
  readonly data: Values;
}
