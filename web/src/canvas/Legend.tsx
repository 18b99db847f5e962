/** The legend: which colour stands for which type, of the types that are on the canvas. */

import { IconButton } from "../ui";
import { useCatalog, useDocument } from "./active";
import { show, useView } from "./view";

export function Legend() {
  const shown = useView((view) => view.legend);
  const catalogue = useCatalog();
  const used = useDocument(({ nodes }) =>
    [...new Set(Object.values(nodes).flatMap(({ type }) => typesOf(catalogue.nodes[type])))].toSorted().join(" "),
  );
  if (!shown) return null;
  const names = new Set(used.split(" "));
  const all = Object.values(catalogue.types);
  const types = used === "" ? all : all.filter(({ name }) => names.has(name));
  return (
    <section className="legend" aria-label="Legend of types">
      <header className="legend__head">
        <h2>Types</h2>
        <IconButton label="Close the legend" icon="close" size="small" onClick={() => show({ legend: false })} />
      </header>
      <ul>
        {types.map(({ name, color, description }) => (
          <li key={name} title={description}>
            <span className="legend__color" style={{ background: color }} />
            <span className="legend__name">{name}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function typesOf(type: { readonly inputs: readonly { type: string }[]; readonly outputs: readonly { type: string }[] } | undefined): string[] {
  return [...(type?.inputs ?? []), ...(type?.outputs ?? [])].map((port) => port.type.replace(/^list\[(.*)\]$/, "$1"));
}
