/** The plugins: what is wrong with each, where, and how to mend it; and what each brings. */

import type { ReactNode } from "react";

import type { Plugin } from "../api/schema";
import { isBroken, pluginKey } from "../state/pluginStates";
import { usePlugins } from "../state/plugins";
import { Empty, Icon, type IconName } from "../ui";
import { count } from "./amounts";

const ICONS: Readonly<Record<Plugin["state"], IconName>> = { loaded: "check", stale: "warning", failed: "error", disabled: "pause" };

export function PluginsPanel() {
  const { plugins, loaded } = usePlugins();
  const broken = plugins.filter(isBroken);
  if (!loaded) return <div className="side__body" aria-busy="true" />;
  return (
    <div className="side__body plugins">
      {plugins.length === 0 && (
        <Empty icon="plugin" title="There are no plugins">
          What plugins bring stands here, and why one cannot be loaded.
        </Empty>
      )}
      <List title="Broken" plugins={broken} />
      {broken.length > 0 && (
        <p className="plugins__hint">
          A mended plugin is loaded when the server starts anew; with <code>nodeflow serve --dev</code> as soon as its file is saved.
        </p>
      )}
      <List title="Working" plugins={plugins.filter(({ state }) => state === "loaded")} />
      <List title="Disabled" plugins={plugins.filter(({ state }) => state === "disabled")} />
    </div>
  );
}

function List({ title, plugins }: { title: string; plugins: readonly Plugin[] }) {
  if (plugins.length === 0) return null;
  return (
    <section aria-label={title}>
      <h3 className="queue__heading">{title}</h3>
      <ul className="plugins__list">
        {plugins.map((plugin) => (
          <li key={pluginKey(plugin)} className={`plugin plugin--${plugin.state}`}>
            <Icon name={ICONS[plugin.state]} size={14} />
            <div className="plugin__words">
              <p className="plugin__name">
                <strong>{plugin.name}</strong> <span className="plugin__soft">{about(plugin)}</span>
              </p>
              {!plugin.place.startsWith(from(plugin)) && <p className="plugin__soft">{wrapping(from(plugin))}</p>}
              {isBroken(plugin) && <Fault plugin={plugin} />}
              {(plugin.nodes.length > 0 || plugin.hooks.length > 0) && <Brings plugin={plugin} />}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Fault({ plugin }: { plugin: Plugin }) {
  return (
    <>
      <p className="plugin__error">{plugin.error}</p>
      <dl className="plugin__facts">
        {plugin.place !== "" && <Fact what="Where" value={<code>{wrapping(plugin.place)}</code>} />}
        {plugin.fix !== "" && <Fact what="To mend it" value={wrapping(plugin.fix)} />}
      </dl>
      {plugin.traceback !== "" && (
        <details className="plugin__more">
          <summary>How it came about</summary>
          <pre>{plugin.traceback}</pre>
        </details>
      )}
    </>
  );
}

function Fact({ what, value }: { what: string; value: ReactNode }) {
  return (
    <div>
      <dt>{what}</dt>
      <dd>{value}</dd>
    </div>
  );
}

function Brings({ plugin: { nodes, hooks } }: { plugin: Plugin }) {
  const most = nodes.length > 0 ? count(nodes.length, "node type") : count(hooks.length, "hook");
  return (
    <details className="plugin__more">
      <summary>Brings {most}</summary>
      {nodes.length > 0 && <p>{nodes.join(", ")}</p>}
      {hooks.length > 0 && <p>Hooks: {hooks.join(", ")}</p>}
    </details>
  );
}

/** Where it comes from: its distribution, or else its file. */
function from({ distribution, origin }: Plugin): string {
  return distribution || origin;
}

/** A text whose paths are broken at their folders, where a line is too short for them. */
function wrapping(text: string): ReactNode {
  const [first, ...others] = text.split("/");
  return others.reduce<ReactNode>(
    (made, part) => (
      <>
        {made}/<wbr />
        {part}
      </>
    ),
    first,
  );
}

/** Its version and what more there is to know at a glance. */
function about({ version, state, isolated }: Plugin): string {
  const words = [version, isolated ? "isolated" : "", state === "stale" ? "works as it was before" : ""];
  return words.filter((word) => word !== "").join(", ");
}
