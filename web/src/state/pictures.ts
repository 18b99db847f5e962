/** A picture that holds no graph, put into the document in front as something that its nodes can read. */

import { uploadFile } from "../api/files";
import { type Catalogue, type NodeType, type Port, takesValue } from "../model/catalogue";
import { addNode, setValue } from "../model/edit";
import { useCatalogue } from "./catalogue";
import { activeDocument, edit } from "./documents";
import { perform } from "./commands";
import { complain } from "./running";
import { select } from "./selection";

/** The node type that reads a picture: the first one that cannot do without. */
export function pictureReader(catalogue: Catalogue): { type: NodeType; port: Port } | undefined {
  for (const type of Object.values(catalogue.nodes)) {
    const port = type.inputs.find((each) => each.required && takesValue(each) && each.widget?.files === "images" && each.widget.painted !== true);
    if (port !== undefined) return { type, port };
  }
  return undefined;
}

/** Store a picture, and add a node that reads it. */
export async function addPicture(file: File): Promise<void> {
  const { catalogue } = useCatalogue.getState();
  const reader = pictureReader(catalogue);
  if (reader === undefined) return;
  try {
    const { value } = await uploadFile(file, file.name);
    let made = "";
    edit(`Add ${file.name}`, (document) => {
      const added = addNode(document, catalogue, reader.type.name, beside());
      made = added.id;
      return setValue(added.document, { node: made, port: reader.port.name }, value);
    });
    select([made]);
    perform("fit");
  } catch (error) {
    complain("The picture could not be stored", error);
  }
}

/** A place to the left of all that is there. */
function beside(): readonly [number, number] {
  const places = Object.values(activeDocument().layout.places).map(({ at }) => at);
  return places.length === 0 ? [0, 0] : [Math.min(...places.map(([x]) => x)) - 320, Math.min(...places.map(([, y]) => y))];
}
