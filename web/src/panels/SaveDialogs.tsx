/** Under which name a graph is saved, what to do when somebody else changed it, and what to do with unsaved changes. */

import { type FormEvent, useId, useState } from "react";

import { nameFault, nameLike } from "../model/graphName";
import { type Tab, useDocuments } from "../state/documents";
import { closeDialog } from "../state/panels";
import { closeNow, openAnew, saveUnder } from "../state/saving";
import { Button, Dialog } from "../ui";

export function useTab(id: string): Tab | undefined {
  return useDocuments(({ tabs }) => tabs.find((tab) => tab.id === id));
}

/** `thenClose`: the tab is closed once it is saved. */
export function SaveDialog({ tab: id, thenClose = false }: { tab: string; thenClose?: boolean }) {
  const tab = useTab(id);
  const field = useId();
  const [name, setName] = useState(() => tab?.name ?? nameLike(tab?.title ?? ""));
  if (tab === undefined) return null;
  const fault = nameFault(name);
  const save = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    if (fault !== undefined) return;
    const saved = await saveUnder(tab, name, name === tab.name ? tab.etag : null);
    if (saved && thenClose) closeNow(id);
  };
  return (
    <Dialog
      title="Save as"
      size="small"
      onClose={closeDialog}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button kind="primary" disabled={fault !== undefined} type="submit" form={`${field}form`}>
            Save
          </Button>
        </>
      }
    >
      <form id={`${field}form`} className="save" onSubmit={(event) => void save(event)}>
        <label htmlFor={field}>Name on the server</label>
        <input
          id={field}
          className="field"
          value={name}
          maxLength={100}
          autoFocus
          spellCheck={false}
          aria-invalid={fault !== undefined}
          aria-describedby={`${field}hint`}
          onFocus={({ currentTarget }) => currentTarget.select()}
          onChange={({ currentTarget }) => setName(currentTarget.value)}
        />
        <p id={`${field}hint`} className={fault === undefined ? "save__hint" : "save__hint save__hint--bad"} aria-live="polite">
          {fault ?? "Letters, digits, _ . and -, beginning with a letter or a digit. Programs can run it by this name."}
        </p>
      </form>
    </Dialog>
  );
}

/** What is saved under the name is not what this document was made from. */
export function ConflictDialog({ tab: id, name }: { tab: string; name: string }) {
  const tab = useTab(id);
  const [renaming, setRenaming] = useState(false);
  if (tab === undefined) return null;
  if (renaming) return <SaveDialog tab={id} />;
  const known = tab.name === name;
  return (
    <Dialog
      title={known ? `${name} was changed elsewhere` : `There is a graph ${name} already`}
      onClose={closeDialog}
      footer={
        <>
          <Button onClick={() => setRenaming(true)}>Save under another name</Button>
          <Button
            onClick={() => {
              closeDialog();
              void openAnew(name);
            }}
          >
            Open theirs beside it
          </Button>
          <Button kind="danger" onClick={() => void saveUnder(tab, name, "*")}>
            Replace it
          </Button>
        </>
      }
    >
      <p>
        {known
          ? "Somebody, or another window, has saved it since you opened it. Nothing of yours is lost: it has not been saved yet, and theirs is untouched."
          : "Replacing it throws away what is saved there."}
      </p>
    </Dialog>
  );
}

export function CloseDialog({ tab: id }: { tab: string }) {
  const tab = useTab(id);
  const [naming, setNaming] = useState(false);
  if (tab === undefined) return null;
  if (naming) return <SaveDialog tab={id} thenClose />;
  const { name, etag } = tab;
  const save = async (): Promise<void> => {
    if (name === null) setNaming(true);
    else if (await saveUnder(tab, name, etag)) closeNow(id);
  };
  return (
    <Dialog
      title={`Close ${tab.title}?`}
      size="small"
      onClose={closeDialog}
      footer={
        <>
          <Button onClick={closeDialog}>Cancel</Button>
          <Button
            kind="danger"
            onClick={() => {
              closeDialog();
              closeNow(id);
            }}
          >
            Close without saving
          </Button>
          <Button kind="primary" autoFocus onClick={() => void save()}>
            {name === null ? "Save…" : "Save"}
          </Button>
        </>
      }
    >
      <p>It has changes that are not saved on the server.</p>
    </Dialog>
  );
}
