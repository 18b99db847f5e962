/** A sweep: inputs, and the values that each takes; every combination is a run. */

import { useId, useState } from "react";

import { type Document, joinPort, splitPort } from "../model/document";
import { type Axis, parseValues, type Sweepable, sweepable } from "../model/sweep";
import { useCatalogue } from "../state/catalogue";
import { activeTab, useDocuments } from "../state/documents";
import { closeDialog, showPanel } from "../state/panels";
import { run } from "../state/running";
import { selectedIds } from "../state/selection";
import { useSettings } from "../state/settings";
import { Button, Dialog, IconButton } from "../ui";
import { count } from "./amounts";

/** What the server takes in one request. */
const MOST = 5000;

interface Row {
  readonly key: number;
  /** `node.input`. */
  readonly input: string;
  readonly text: string;
}

type Read = { readonly axis: Axis } | { readonly wrong: string };

export function SweepDialog() {
  const document = useDocuments((state) => activeTab(state).document);
  const catalogue = useCatalogue((state) => state.catalogue);
  const repeats = useSettings((state) => state.count);
  const inputs = sweepable(document, catalogue, order(document));
  const [rows, setRows] = useState<readonly Row[]>(() => [fresh(inputs, [])]);
  const read = rows.map((row) => readRow(row, inputs));
  const axes = read.flatMap((each) => ("axis" in each ? [each.axis] : []));
  const complete = axes.length === rows.length;
  const runs = axes.reduce((product, { values }) => product * values.length, 1) * repeats;
  const change = (key: number, parts: Partial<Row>): void => setRows(rows.map((row) => (row.key === key ? { ...row, ...parts } : row)));
  const start = async (): Promise<void> => {
    if (await run({ axes, count: repeats })) {
      closeDialog();
      showPanel("queue");
    }
  };
  return (
    <Dialog
      title="Sweep over values"
      onClose={closeDialog}
      footer={
        <>
          <span className="sweep__count" role="status">
            {complete ? count(runs, "run") : ""}
            {complete && repeats > 1 ? `, ${repeats} seeds each` : ""}
            {runs > MOST ? `; ${MOST} is the most` : ""}
          </span>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button kind="primary" icon="sweep" disabled={!complete || runs > MOST} onClick={() => void start()}>
            Run all
          </Button>
        </>
      }
    >
      <p className="sweep__hint">
        Each input takes its values one after the other, and every value of one is run with every value of the others. Write <kbd>1, 2, 5</kbd>,{" "}
        <kbd>10..50 step 10</kbd>, or a line for each text.
      </p>
      {rows.map((row, at) => {
        const result = read[at];
        return (
          <SweepRow
            key={row.key}
            row={row}
            inputs={inputs.filter(({ end }) => joinPort(end) === row.input || rows.every(({ input }) => input !== joinPort(end)))}
            wrong={result !== undefined && "wrong" in result && row.text.trim() !== "" ? result.wrong : undefined}
            values={result !== undefined && "axis" in result ? result.axis.values.length : 0}
            onChange={(parts) => change(row.key, parts)}
            onRemove={rows.length > 1 ? () => setRows(rows.filter(({ key }) => key !== row.key)) : undefined}
          />
        );
      })}
      <Button icon="plus" size="small" disabled={rows.length >= inputs.length} onClick={() => setRows([...rows, fresh(inputs, rows)])}>
        Another input
      </Button>
    </Dialog>
  );
}

interface SweepRowProps {
  row: Row;
  inputs: readonly Sweepable[];
  wrong: string | undefined;
  values: number;
  onChange: (parts: Partial<Row>) => void;
  onRemove: (() => void) | undefined;
}

function SweepRow({ row, inputs, wrong, values, onChange, onRemove }: SweepRowProps) {
  const id = useId();
  const nodes = [...new Set(inputs.map(({ end }) => end.node))];
  const chosen = inputAt(inputs, row.input);
  // What is not written by hand is the value of the input that was chosen before.
  const choose = (input: string): void => onChange(row.text === begun(chosen) ? { input, text: begun(inputAt(inputs, input)) } : { input });
  const long = chosen?.port.widget?.multiline === true;
  return (
    <div className="sweep__row">
      <div className="sweep__input">
        <select
          className="field"
          aria-label="Input"
          aria-describedby={`${id}of`}
          value={row.input}
          onChange={({ currentTarget }) => choose(currentTarget.value)}
        >
          {nodes.map((node) => {
            const ports = inputs.filter(({ end }) => end.node === node);
            return (
              <optgroup key={node} label={ports[0]?.node ?? node}>
                {ports.map(({ end, port }) => (
                  <option key={port.name} value={joinPort(end)}>
                    {port.title}
                  </option>
                ))}
              </optgroup>
            );
          })}
        </select>
        <p id={`${id}of`} className="sweep__said sweep__said--of" title={chosen?.node}>
          {chosen === undefined ? "" : `of ${chosen.node}`}
        </p>
      </div>
      <div className="sweep__values">
        <textarea
          className="field"
          aria-label="Values"
          aria-invalid={wrong !== undefined}
          aria-describedby={`${id}said`}
          rows={long ? 4 : 1}
          value={row.text}
          onChange={({ currentTarget }) => onChange({ text: currentTarget.value })}
        />
        <p id={`${id}said`} className={wrong === undefined ? "sweep__said" : "sweep__said sweep__said--bad"}>
          {wrong ?? (values > 0 ? count(values, "value") : "")}
        </p>
      </div>
      {onRemove !== undefined && <IconButton label="Take this input out" icon="close" onClick={onRemove} />}
    </div>
  );
}

/** The nodes that are selected come first: those are what somebody thinks of. */
function order(document: Document): readonly string[] {
  const selected = new Set(selectedIds());
  return Object.keys(document.nodes).toSorted((a, b) => Number(selected.has(b)) - Number(selected.has(a)));
}

function fresh(inputs: readonly Sweepable[], rows: readonly Row[]): Row {
  const free = inputs.filter(({ end }) => rows.every(({ input }) => input !== joinPort(end)));
  const numeric = free.filter(({ port }) => (port.type === "float" || port.type === "int") && port.widget?.seed !== true);
  const selected = new Set(selectedIds());
  // Sizes are what a sweep is for least of all.
  const likely = numeric.find(({ end }) => selected.has(end.node)) ?? numeric.find(({ end }) => !/width|height|batch/.test(end.port));
  const chosen = likely ?? numeric[0] ?? free[0];
  return { key: Math.max(0, ...rows.map(({ key }) => key)) + 1, input: chosen === undefined ? "" : joinPort(chosen.end), text: begun(chosen) };
}

function inputAt(inputs: readonly Sweepable[], at: string): Sweepable | undefined {
  return inputs.find(({ end }) => joinPort(end) === at);
}

/** The values to begin with: the one that the input has now. */
function begun(input: Sweepable | undefined): string {
  return input === undefined || typeof input.value === "object" ? "" : String(input.value ?? "");
}

function readRow(row: Row, inputs: readonly Sweepable[]): Read {
  const found = inputAt(inputs, row.input);
  const end = splitPort(row.input);
  if (found === undefined || end === undefined) return { wrong: "Choose an input." };
  try {
    return { axis: { end, values: parseValues(row.text, found.port) } };
  } catch (error) {
    if (error instanceof RangeError) return { wrong: error.message };
    throw error;
  }
}
