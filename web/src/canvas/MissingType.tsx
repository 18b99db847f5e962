/** What a node says whose type is not there: which plugin would bring it, where that is known. */

import { showPanel } from "../state/panels";
import { lackingFor } from "../state/pluginStates";
import { usePlugins } from "../state/plugins";

export function MissingType({ name }: { name: string }) {
  const plugin = usePlugins(({ plugins }) => lackingFor(name, plugins));
  if (plugin === undefined) return <p className="node__missing">The node type {name} is not installed. It is kept as it is.</p>;
  return (
    <p className="node__missing">
      The node type {name} is not there: the plugin {plugin.name} is {plugin.state === "disabled" ? "disabled" : "broken"}. The node is kept as it is.{" "}
      <button type="button" className="node__why nodrag" onClick={() => showPanel("plugins")}>
        Show the plugin
      </button>
    </p>
  );
}
