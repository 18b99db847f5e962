/** What is below a node's title: its ports with their values, what it made, what is wrong with it. */

import type { NodeType } from "../model/catalogue";
import type { GraphNode } from "../model/document";
import type { Ports } from "../model/ports";
import type { Finding } from "../state/findings";
import type { NodeRun } from "../state/run";
import { useTypesKnown } from "./active";
import { MissingType } from "./MissingType";
import { NodeErrors } from "./NodeErrors";
import { NodeResult } from "./NodeResult";
import { PortRow } from "./PortRow";
import { Socket } from "./Socket";
import { ValueRow } from "./ValueRow";

export interface NodeBodyProps {
  id: string;
  node: GraphNode;
  type: NodeType | undefined;
  ports: Ports;
  /** The outputs that are linked. */
  used: readonly string[];
  run: NodeRun | undefined;
  findings: readonly Finding[];
}

export function NodeBody({ id, node, type, ports, used, run, findings }: NodeBodyProps) {
  const at = new Map(findings.flatMap((each) => (each.input === undefined ? [] : [[each.input, each]])));
  const known = useTypesKnown();
  const told = new Set(ports.values.map(({ port }) => port.name));
  return (
    <div className="node__body">
      {type === undefined && known && <MissingType name={node.type} />}
      {ports.sockets.length + ports.outputs.length > 0 && <Sockets ports={ports} node={node} used={used} at={at} />}
      {ports.values.map(({ port, stray }) => (
        <ValueRow key={port.name} id={id} port={port} stray={stray} finding={at.get(port.name)} />
      ))}
      <NodeResult id={id} type={type} run={run} />
      <NodeErrors findings={findings} told={told} />
    </div>
  );
}

interface SocketsProps extends Pick<NodeBodyProps, "node" | "ports" | "used"> {
  at: ReadonlyMap<string, Finding>;
}

function Sockets({ node, ports, used, at }: SocketsProps) {
  return (
    <div className="node__sockets">
      <div className="node__side">
        {ports.sockets.map((each) => {
          const { name } = each.port;
          return <PortRow key={name} {...each} side="input" linked={name in node.links} finding={at.get(name)} />;
        })}
      </div>
      <div className="node__side node__side--out">
        {ports.outputs.map((each) => (
          <PortRow key={each.port.name} {...each} side="output" linked={used.includes(each.port.name)} />
        ))}
      </div>
    </div>
  );
}

/** All sockets in one place, for a node that is folded: its links lead there. */
export function Folded({ node, ports, used }: Pick<NodeBodyProps, "node" | "ports" | "used">) {
  return (
    <div className="node__folded">
      {[...ports.sockets, ...ports.values].map(({ port, stray }) => (
        <Socket key={port.name} port={port} side="input" linked={port.name in node.links} stray={stray} />
      ))}
      {ports.outputs.map(({ port, stray }) => (
        <Socket key={port.name} port={port} side="output" linked={used.includes(port.name)} stray={stray} />
      ))}
    </div>
  );
}
