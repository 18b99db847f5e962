/** Graphs to begin with. */

import { useId } from "react";

import { links } from "../model/document";
import { closeDialog } from "../state/panels";
import { openTemplate } from "../state/saving";
import { LESSONS, type Template, TEMPLATES } from "../state/templates";
import { Button, Dialog } from "../ui";

export function TemplatesDialog() {
  const id = useId();
  return (
    <Dialog
      title="Begin with"
      size="large"
      onClose={closeDialog}
      footer={<Button onClick={closeDialog}>An empty graph</Button>}
    >
      <Templates of={TEMPLATES} />
      <section aria-labelledby={id}>
        <h3 id={id} className="templates__heading">
          Learn
        </h3>
        <p className="templates__about">How diffusion works, one part in each graph. They run in seconds, unless they say how long they take.</p>
        <Templates of={LESSONS} />
      </section>
    </Dialog>
  );
}

function Templates({ of }: { of: readonly Template[] }) {
  return (
    <ul className="templates">
      {of.map((template) => (
        <li key={template.name}>
          <button
            type="button"
            className="template"
            onClick={() => {
              closeDialog();
              openTemplate(template.name);
            }}
          >
            <Sketch template={template} />
            <strong>{template.title}</strong>
            <span>{template.description}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

const WIDE = 240;
const HIGH = 200;

/** The graph in a few lines: where its nodes lie and what is linked. */
function Sketch({ template: { document } }: { template: Template }) {
  const places = Object.entries(document.layout.places);
  const right = Math.max(...places.map(([, { at }]) => at[0])) + WIDE;
  const bottom = Math.max(...places.map(([, { at }]) => at[1])) + HIGH;
  const left = Math.min(...places.map(([, { at }]) => at[0]));
  const top = Math.min(...places.map(([, { at }]) => at[1]));
  return (
    <svg className="template__sketch" viewBox={`${left - 20} ${top - 20} ${right - left + 40} ${bottom - top + 40}`} aria-hidden="true">
      {links(document).map(({ from, to }) => {
        const [start, end] = [document.layout.places[from.node]?.at, document.layout.places[to.node]?.at];
        if (start === undefined || end === undefined) return null;
        const [x1, y1, x2, y2] = [start[0] + WIDE, start[1] + HIGH / 2, end[0], end[1] + HIGH / 2];
        const bend = Math.max(60, (x2 - x1) / 2);
        return <path key={`${to.node}.${to.port}`} d={`M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`} />;
      })}
      {places.map(([id, { at }]) => (
        <rect key={id} x={at[0]} y={at[1]} width={WIDE} height={HIGH} rx={24} />
      ))}
    </svg>
  );
}
