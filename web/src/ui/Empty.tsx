/** What stands where there is nothing yet: what would be here, and how to get it. */

import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons";

export interface EmptyProps {
  icon: IconName;
  title: string;
  children?: ReactNode;
}

export function Empty({ icon, title, children }: EmptyProps) {
  return (
    <div className="empty">
      <Icon name={icon} size={28} />
      <p className="empty__title">{title}</p>
      {children !== undefined && <div className="empty__more">{children}</div>}
    </div>
  );
}
