/** Everything that is wrong with the document in front, each a click away from where it stands. */

import { type Checked, useChecks } from "../state/checks";
import { useCatalogue } from "../state/catalogue";
import { perform } from "../state/commands";
import { activeTab, useDocuments } from "../state/documents";
import { failures, type Finding, plainly } from "../state/findings";
import { shownRun, useRuns } from "../state/runs";
import { select } from "../state/selection";
import { Empty, Icon } from "../ui";

const NONE: readonly Finding[] = [];

export function ProblemsPanel() {
  const active = useDocuments((state) => state.active);
  const nodes = useDocuments((state) => activeTab(state).document.nodes);
  const checked: Checked | undefined = useChecks(({ of }) => of[active]);
  const run = useRuns((state) => shownRun(state, active));
  const failed = run === undefined ? NONE : failures(run);
  const found = checked?.findings ?? NONE;
  const types = useCatalogue(({ catalogue }) => catalogue.nodes);
  const titleOf = (id: string): string => nodes[id]?.title ?? types[nodes[id]?.type ?? ""]?.title ?? nodes[id]?.type ?? id;
  const before = checked?.warnings ?? [];
  const told = Object.entries(run?.nodes ?? {}).flatMap(([id, { warnings }]) =>
    warnings.filter((each) => !before.includes(each)).map((each) => `${titleOf(id)}: ${each}`),
  );
  const notes = [...new Set([...before, ...told])];
  return (
    <div className="side__body problems">
      {found.length + failed.length + notes.length === 0 && (
        <Empty icon="check" title="Nothing is wrong">
          The graph can run.
        </Empty>
      )}
      <List title="The last run" findings={failed} titleOf={titleOf} />
      <List title="The graph" findings={found} titleOf={titleOf} />
      {notes.length > 0 && (
        <section aria-label="Notes">
          <h3 className="queue__heading">Notes</h3>
          <ul className="problems__list">
            {notes.map((note) => (
              <li key={note} className="problem problem--note">
                <Icon name="info" size={14} />
                <p>{note}</p>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

interface ListProps {
  title: string;
  findings: readonly Finding[];
  titleOf: (id: string) => string;
}

function List({ title, findings, titleOf }: ListProps) {
  if (findings.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="queue__heading">{title}</h3>
      <ul className="problems__list">
        {findings.map((finding) => (
          <li key={`${finding.node} ${finding.input} ${finding.code} ${finding.message}`}>
            <Problem finding={finding} titleOf={titleOf} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Problem({ finding, titleOf }: { finding: Finding; titleOf: (id: string) => string }) {
  const { node, input, traceback, unfinished } = finding;
  const words = (
    <>
      <Icon name={unfinished ? "info" : "error"} size={14} />
      <span className="problem__words">
        {node !== undefined && (
          <strong>
            {titleOf(node)}
            {input !== undefined && <span className="problem__input"> {input}</span>}
          </strong>
        )}
        <span>{plainly(finding)}</span>
      </span>
    </>
  );
  return (
    <div className={unfinished ? "problem problem--soft" : "problem problem--bad"}>
      {node === undefined ? (
        <p className="problem__go">{words}</p>
      ) : (
        <button type="button" className="problem__go" onClick={() => goTo(node)}>
          {words}
        </button>
      )}
      {traceback !== undefined && (
        <details className="problem__trace">
          <summary>Where it was raised</summary>
          <pre>{traceback}</pre>
        </details>
      )}
    </div>
  );
}

/** Select a node, and have the canvas show it. */
function goTo(node: string): void {
  select([node]);
  perform("fit");
}
