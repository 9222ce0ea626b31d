/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One choice of a few, side by side. Radio buttons underneath, so arrow keys work as everywhere. */

export interface Segment<T extends string> {
  value: T;
  label: string;
  title: string;
}

export function Segmented<T extends string>(props: {
  name: string;
  label: string;
  /* Null where none of them is chosen. */
  value: T | null;
  segments: readonly Segment<T>[];
  onChange: (value: T) => void;
}) {
  return (
    <fieldset class="segmented">
      <legend class="unseen">{props.label}</legend>
      {props.segments.map((segment) => (
        <label key={segment.value} title={segment.title}>
          <input
            type="radio"
            name={props.name}
            value={segment.value}
            checked={segment.value === props.value}
            onChange={() => props.onChange(segment.value)}
            aria-label={segment.title}
          />
          <span>{segment.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
