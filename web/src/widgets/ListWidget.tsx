/** Several values, each with the widget of its kind. */

import { Button } from "../ui/Button";
import { IconButton } from "../ui/IconButton";
import type { Widget, WidgetProps } from "./contract";
import { initial, itemOf } from "./schema";

/** The list with the item at another place. */
export function shifted<T>(list: readonly T[], from: number, to: number): T[] {
  const [item] = list.slice(from, from + 1);
  if (item === undefined || to < 0 || to >= list.length) return [...list];
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, to), item, ...rest.slice(to)];
}

/** A list of what the widget is for. */
export function listOf(Inner: Widget): Widget {
  return function ListWidget(props: WidgetProps) {
    const { id, port, value, onChange, disabled, context, invalid, describedBy } = props;
    const list: readonly unknown[] = Array.isArray(value) ? value : [];
    const item = itemOf(port);
    const { minItems = 0, maxItems = Number.POSITIVE_INFINITY } = port.schema ?? {};
    return (
      <div className="list" role="group" aria-label={port.title} aria-describedby={describedBy}>
        {list.map((each, index) => (
          // Items have no name of their own but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <div className="list__item" key={index}>
            <Inner
              id={`${id}-${index}`}
              port={{ ...item, title: `${port.title}, ${index + 1}` }}
              value={each}
              disabled={disabled}
              invalid={invalid}
              context={context}
              onChange={(next, merge) => onChange(list.with(index, next), merge)}
            />
            <IconButton
              size="small"
              label={`Move ${index + 1} up`}
              icon="arrow-up"
              disabled={disabled === true || index === 0}
              onClick={() => onChange(shifted(list, index, index - 1))}
            />
            <IconButton
              size="small"
              label={`Remove ${index + 1}`}
              icon="close"
              disabled={disabled === true || list.length <= minItems}
              onClick={() => onChange(list.toSpliced(index, 1))}
            />
          </div>
        ))}
        <Button
          id={list.length === 0 ? id : undefined}
          className="nodrag"
          size="small"
          icon="plus"
          disabled={disabled === true || list.length >= maxItems}
          onClick={() => onChange([...list, list.at(-1) ?? initial(item)])}
        >
          Add
        </Button>
      </div>
    );
  };
}
