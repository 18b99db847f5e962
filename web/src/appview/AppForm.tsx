/** The form of an app: the graph's named inputs, and Run. */

import { useMemo, type SubmitEvent } from "react";

import { shortcut } from "../keys";
import { namedInputs } from "../model/inputs";
import { useCatalogue } from "../state/catalogue";
import { useConnection } from "../state/connection";
import { activeTab, useDocuments } from "../state/documents";
import { toggleApp } from "../state/modes";
import { fraction, isOver } from "../state/run";
import { shownRun, useRuns } from "../state/runs";
import { cancelShown, run } from "../state/running";
import { Button, Empty, Kbd, Progress } from "../ui";
import { AppField } from "./AppField";
import { RESULTS } from "./AppResults";

const NARROW = "(max-width: 760px)";

export function AppForm() {
  const { document, id, title } = useDocuments((state) => activeTab(state));
  const catalogue = useCatalogue((state) => state.catalogue);
  const known = useCatalogue(({ state }) => state === "ready");
  const connected = useConnection(({ state }) => state === "open");
  const inputs = useMemo(() => namedInputs(document, catalogue), [document, catalogue]);
  const live = useRuns((state) => shownRun(state, id));
  const busy = live !== undefined && !isOver(live.summary);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run();
    // On a narrow page the results stand below the form.
    if (window.matchMedia(NARROW).matches) window.document.getElementById(RESULTS)?.scrollIntoView();
  };
  return (
    <form className="app-form" aria-label={`${title}: what to make`} onSubmit={submit}>
      <h2 className="app-form__title">{title}</h2>
      {inputs.length === 0 && known ? (
        <Empty icon="app" title="This graph names no inputs yet">
          <p>In the graph, open the menu of a value and choose to offer it: then it stands here.</p>
          <Button onClick={toggleApp}>Show the graph</Button>
        </Empty>
      ) : (
        inputs.map((input) => <AppField key={input.name} input={input} />)
      )}
      <div className="app-form__run">
        <Button kind="primary" size="large" icon="play" type="submit" disabled={!connected}>
          Run <Kbd keys={shortcut("run") ?? ""} />
        </Button>
        {busy && (
          <Button size="large" icon="stop" onClick={() => void cancelShown()}>
            Cancel
          </Button>
        )}
        {busy && <Progress label="The run" value={live.summary.state === "queued" ? undefined : fraction(live)} />}
      </div>
    </form>
  );
}
