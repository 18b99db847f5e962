/** What is wrong with a node: said plainly, with where it was raised one click away. */

import { type Finding, plainly } from "../state/findings";

export interface NodeErrorsProps {
  findings: readonly Finding[];
  /** The inputs whose own rows say what is wrong with them. */
  told: ReadonlySet<string>;
}

/** What the node says of itself already. */
const SHOWN = new Set(["unknown_type"]);

export function NodeErrors({ findings, told }: NodeErrorsProps) {
  const left = findings.filter(
    ({ input, unfinished, traceback, code }) =>
      !unfinished && !SHOWN.has(code) && (input === undefined || !told.has(input) || traceback !== undefined),
  );
  return left.map((finding) => (
    <div className="node__error nodrag nopan" role="alert" key={`${finding.code}${finding.message}`}>
      <p>{said(finding)}</p>
      {finding.traceback !== undefined && (
        <details>
          <summary>Where it was raised</summary>
          <pre className="nowheel">{finding.traceback}</pre>
        </details>
      )}
    </div>
  ));
}

function said(finding: Finding): string {
  const { code, input } = finding;
  return code === "missing_input" && input !== undefined ? `${input} needs a link.` : plainly(finding);
}
