/** The graphs that are saved on the server. */

import { useEffect, useState } from "react";

import type { GraphSummary } from "../api/schema";
import { closeDialog, showDialog } from "../state/panels";
import { openSaved, removeSaved, savedGraphs } from "../state/saving";
import { Button, Dialog, Empty, IconButton } from "../ui";
import { ago, count } from "./amounts";
import { useNow } from "./useNow";

export function OpenDialog() {
  const [graphs, setGraphs] = useState<readonly GraphSummary[] | null>(null);
  const [query, setQuery] = useState("");
  const now = useNow(30_000);
  const [doomed, setDoomed] = useState<string | null>(null);
  useEffect(() => {
    let there = true;
    void savedGraphs().then((found) => (there ? setGraphs(found) : undefined));
    return () => {
      there = false;
    };
  }, []);
  const found = (graphs ?? []).filter(({ name }) => name.toLowerCase().includes(query.trim().toLowerCase()));
  const open = (name: string): void => {
    closeDialog();
    void openSaved(name);
  };
  const remove = async (graph: GraphSummary): Promise<void> => {
    await removeSaved(graph);
    setDoomed(null);
    setGraphs(await savedGraphs());
  };
  return (
    <Dialog
      title="Open"
      onClose={closeDialog}
      footer={
        <Button icon="star" onClick={() => showDialog({ what: "templates" })}>
          Templates…
        </Button>
      }
    >
      <input
        className="field open__search"
        type="search"
        aria-label="Search the saved graphs"
        placeholder="Search"
        value={query}
        autoFocus
        onChange={({ currentTarget }) => setQuery(currentTarget.value)}
        onKeyDown={(event) => {
          const [first] = found;
          if (event.key === "Enter" && first !== undefined) open(first.name);
        }}
      />
      {graphs !== null && graphs.length === 0 && (
        <Empty icon="folder" title="Nothing is saved yet">
          Save a graph with Ctrl+S, and it is here, for every browser that uses this server.
        </Empty>
      )}
      <ul className="open__list" aria-busy={graphs === null} aria-label="Saved graphs">
        {found.map((graph) => (
          <li key={graph.name} className="open__row">
            <button type="button" className="open__name" onClick={() => open(graph.name)}>
              <strong>{graph.name}</strong>
              <span>
                {count(graph.nodes, "node")} · {ago(graph.updated, now)}
              </span>
            </button>
            {doomed === graph.name ? (
              <Button size="small" kind="danger" autoFocus onClick={() => void remove(graph)} onBlur={() => setDoomed(null)}>
                Delete for good
              </Button>
            ) : (
              <IconButton label={`Delete ${graph.name}`} icon="trash" onClick={() => setDoomed(graph.name)} />
            )}
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
