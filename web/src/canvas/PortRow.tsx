/** A socket with its name. */

import { memo } from "react";

import type { Port } from "../model/catalogue";
import type { Finding } from "../state/findings";
import { classes } from "../ui";
import { Socket } from "./Socket";

export interface PortRowProps {
  port: Port;
  side: "input" | "output";
  linked: boolean;
  stray: boolean;
  /** What is wrong with it. */
  finding?: Finding | undefined;
}

export const PortRow = memo(function PortRow({ port, side, linked, stray, finding }: PortRowProps) {
  return (
    <div
      className={classes(
        "port",
        `port--${side}`,
        stray && "port--stray",
        finding !== undefined && (finding.unfinished ? "port--open" : "port--wrong"),
      )}
      data-port={port.name}
      title={port.description}
    >
      <Socket port={port} side={side} linked={linked} stray={stray} />
      <span className="port__name">{port.title}</span>
    </div>
  );
});
