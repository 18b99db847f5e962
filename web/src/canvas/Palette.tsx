/** The palette: node types to add. From a link that was let go in empty space, those that it can lead to. */

import type { Point } from "../model/arrangement";
import type { Catalogue, NodeType } from "../model/catalogue";
import { filter } from "../model/record";
import { byUse, search } from "../model/search";
import { USES } from "../state/templates";
import { add } from "./actions";
import { colorOf, useCatalog } from "./active";
import { Finder, type Option } from "./Finder";
import { WIDTH } from "./flow";
import { portOf } from "./linking";
import { type Begun, show, useView } from "./view";

/** How far down a node's first socket is. */
const SOCKET = 50;

const MOST_OFTEN = 8;

/** In one graph alone is not often. */
const OFTEN = filter(USES, (count) => count > 1);

const close = () => show({ palette: null });

export function Palette() {
  const asked = useView((view) => view.palette);
  const catalogue = useCatalog();
  const ready = Object.keys(catalogue.nodes).length > 0;
  if (asked === null) return null;
  const { at, screen, begun } = asked;
  const port = begun === undefined ? undefined : portOf(begun);
  const loose = begun === undefined || port === undefined ? undefined : { side: begun.side, port };
  const label = begun === undefined ? "Add a node" : `Add a node that ${begun.side === "output" ? "takes" : "gives"} ${begun.type}`;
  return (
    <Finder
      label={label}
      placeholder="Search by name, category or what it does"
      at={screen}
      options={(query) => options(catalogue, search(catalogue, query, loose, OFTEN), query.trim() === "")}
      about={(name) => firstSentence(catalogue.nodes[name]?.description ?? "")}
      empty={ready ? nothing(begun) : "The server is being asked for its nodes…"}
      onChoose={(name) => {
        close();
        add(name, begun === undefined ? at : beside(at, begun), begun);
      }}
      onClose={close}
    />
  );
}

/** What was found; before anything is typed, under the headings of its categories, and what is used often before it. */
function options(catalogue: Catalogue, found: readonly NodeType[], all: boolean): readonly Option[] {
  const [often, others] = all ? byUse(found, USES, MOST_OFTEN) : [[], found];
  const option = (type: NodeType, place: { heading?: string; detail?: string }): Option => {
    const color = colorOf(catalogue, type.outputs[0]?.type ?? "any");
    return { key: type.name, label: type.title, color, ...place };
  };
  return [
    ...often.map((type) => option(type, { heading: "often used", detail: type.category })),
    ...others.map((type) => option(type, all ? { heading: type.category } : { detail: type.category })),
  ];
}

function nothing(begun: Begun | undefined): string {
  if (begun === undefined) return "No node is called that or does that. Try another word.";
  return `No node of that name ${begun.side === "output" ? "takes" : "gives"} ${begun.type}.`;
}

/** Where a node lies whose socket is about where the link was let go. */
function beside([x, y]: Point, { side }: Begun): Point {
  return [side === "output" ? x : x - WIDTH, y - SOCKET];
}

function firstSentence(text: string): string {
  return text.split("\n\n")[0] ?? "";
}
