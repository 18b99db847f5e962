/** The small parts that everything is put together from. */

export { Button, type ButtonProps } from "./Button";
export { classes } from "./classes";
export { Confirm } from "./Confirm";
export { Dialog } from "./Dialog";
export { Empty } from "./Empty";
export { Icon, type IconName } from "./icons";
export { IconButton } from "./IconButton";
export { Kbd } from "./Kbd";
export { Menu, MenuAt } from "./Menu";
export type { MenuEntry, MenuItem } from "./menuItems";
export { Picture } from "./Picture";
export { Popover } from "./Popover";
export { Progress } from "./Progress";
export { Splitter } from "./Splitter";
export { Switch } from "./Switch";
export { Toasts } from "./Toasts";
export { toast } from "./messages";
export { Tooltip } from "./Tooltip";
