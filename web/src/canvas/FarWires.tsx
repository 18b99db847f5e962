/** Links from afar, where there are many of them: they are drawn together, and `useLinkAt` finds the one that is pointed at. */

import { useStoreApi, ViewportPortal } from "@xyflow/react";
import { useMemo } from "react";

import type { Document } from "../model/document";
import { flowing } from "../model/flowing";
import type { Catalogue } from "../model/catalogue";
import { colorOf, useCatalog, useDocument } from "./active";
import { bundles } from "./bundles";
import { type FlowEdge, type FlowNode, useFlow } from "./flow";
import { socketsOf } from "./sockets";

export function FarWires() {
  const nodes = useFlow((flow) => flow.nodes);
  const edges = useFlow((flow) => flow.edges);
  const document = useDocument((each) => each);
  const catalogue = useCatalog();
  const store = useStoreApi<FlowNode, FlowEdge>();
  const looks = useMemo(() => looksOf(edges, document, catalogue), [edges, document, catalogue]);
  const paths = useMemo(() => bundles(edges, socketsOf(nodes, store), (edge) => looks.get(edge.id) ?? ""), [edges, nodes, store, looks]);
  return (
    <ViewportPortal>
      <svg className="far-wires" aria-hidden="true">
        {[...paths].map(([look, path]) => {
          const [kind = "", color = ""] = look.split(" ");
          return <path key={look} className={`far-wires__bundle far-wires__bundle--${kind}`} d={path} stroke={color} />;
        })}
      </svg>
    </ViewportPortal>
  );
}

/** How each link looks: what it is, and its colour. Those of a selected node are apart: they move while it is dragged. */
function looksOf(edges: readonly FlowEdge[], document: Document, catalogue: Catalogue): ReadonlyMap<string, string> {
  return new Map(
    edges.map(({ id, source, sourceHandle, selected, className }) => {
      const color = colorOf(catalogue, flowing(document, catalogue, { node: source, port: sourceHandle ?? "" }));
      const off = document.layout.places[source]?.mode === "muted";
      return [id, `${selected === true ? "selected" : off ? "off" : className ? "lit" : "still"} ${color}`];
    }),
  );
}
