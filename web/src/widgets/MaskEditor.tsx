/** Painting a mask over a picture. */

import { useEffect, useState } from "react";
import { Button } from "../ui/Button";
import { Dialog } from "../ui/Dialog";
import { toast } from "../ui/messages";
import { asFile, load, type Loaded } from "./maskPicture";
import { MaskCanvas } from "./MaskCanvas";
import { MaskTools } from "./MaskTools";
import { BLANK, done, redo, resized, undo, usualSize, type Painting } from "./strokes";

export interface MaskEditorProps {
  /** Where the picture is that is painted over. */
  below: string | undefined;
  /** Where the mask is that is painted on. */
  from: string | undefined;
  /** Stores the mask, white on black. Throws an Error that says why not. */
  save: (file: Blob) => Promise<void>;
  onClose: () => void;
}

export function MaskEditor({ below, from, save, onClose }: MaskEditorProps) {
  const [loaded, setLoaded] = useState<Loaded>();
  const [painting, setPainting] = useState<Painting>(BLANK);
  const [brush, setBrush] = useState<{ size: number; kind: "paint" | "erase" }>({ size: 40, kind: "paint" });
  const [busy, setBusy] = useState(false);

  useEffect(() => {
    let wanted = true;
    void load(below, from).then((next) => {
      if (!wanted) return;
      setLoaded(next);
      setBrush((old) => ({ ...old, size: usualSize(next.size.width, next.size.height) }));
    });
    return () => {
      wanted = false;
    };
  }, [below, from]);

  const finish = async () => {
    if (loaded === undefined) return;
    setBusy(true);
    try {
      await save(await asFile(loaded, painting));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      toast("error", "The mask was not stored", { detail: error.message });
      setBusy(false);
    }
  };
  const onKey = (key: string, control: boolean, shift: boolean): boolean => {
    if (control && key === "z") setPainting(shift ? redo : undo);
    else if (control && key === "y") setPainting(redo);
    else if (key === "[" || key === "]") setBrush((old) => ({ ...old, size: resized(old.size, key === "]" ? 1 : -1) }));
    else if (key === "e" || key === "b") setBrush((old) => ({ ...old, kind: key === "e" ? "erase" : "paint" }));
    else return false;
    return true;
  };
  const footer = (
    <>
      <Button onClick={onClose}>Cancel</Button>
      <Button kind="primary" busy={busy} disabled={loaded === undefined} onClick={() => void finish()}>
        Use this mask
      </Button>
    </>
  );
  return (
    <Dialog title="Paint the mask" size="full" className="mask-editor" onClose={onClose} footer={footer}>
      <MaskTools brush={brush} painting={painting} onBrush={setBrush} onPainting={setPainting} />
      {loaded !== undefined && (
        <MaskCanvas
          loaded={loaded}
          painting={painting}
          brush={brush}
          onStroke={(stroke) => setPainting((old) => done(old, stroke))}
          onKey={onKey}
        />
      )}
    </Dialog>
  );
}
