/** A socket: where a link begins or ends, in the colour of what it carries. */

import { Handle, Position } from "@xyflow/react";

import type { Port } from "../model/catalogue";
import { shownType } from "../model/catalogue";
import { classes } from "../ui";
import { useColor } from "./active";

export interface SocketProps {
  port: Port;
  side: "input" | "output";
  linked: boolean;
  stray?: boolean;
}

export function Socket({ port, side, linked, stray = false }: SocketProps) {
  const color = useColor(port.type);
  const list = port.type.startsWith("list[");
  const optional = side === "input" && !port.required;
  return (
    <Handle
      id={port.name}
      type={side === "input" ? "target" : "source"}
      position={side === "input" ? Position.Left : Position.Right}
      className={classes(
        "socket",
        `socket--${side}`,
        linked && "socket--linked",
        list && "socket--list",
        optional && "socket--optional",
        stray && "socket--stray",
      )}
      style={{ "--wire": color } as React.CSSProperties}
      data-type={port.type}
      title={`${port.title}: ${shownType(port)}`}
      isConnectable={!stray}
    />
  );
}
