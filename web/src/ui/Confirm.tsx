/** A question with two answers. */

import type { ReactNode } from "react";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

export interface ConfirmProps {
  title: string;
  children: ReactNode;
  yes: string;
  no?: string;
  danger?: boolean;
  onYes: () => void;
  onNo: () => void;
}

export function Confirm({ title, children, yes, no = "Cancel", danger = false, onYes, onNo }: ConfirmProps) {
  const footer = (
    <>
      <Button onClick={onNo}>{no}</Button>
      <Button kind={danger ? "danger" : "primary"} onClick={onYes} data-autofocus>
        {yes}
      </Button>
    </>
  );
  return (
    <Dialog title={title} size="small" onClose={onNo} footer={footer}>
      {children}
    </Dialog>
  );
}
