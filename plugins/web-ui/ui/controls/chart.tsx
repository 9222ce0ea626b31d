/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plot as a component: a slider over time for the keyboard and for screen readers. */

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { MutableRef } from 'preact/hooks';
import { nearestRow } from '../columns';
import { formatMoment } from '../format';
import { settings } from '../settings';
import { useStore } from '../store';
import { colours } from '../theme';
import { cursor, useCursor } from './cursor';
import { Plot } from './plot';
import type { PlotData, PlotDeeds, PlotLook } from './plot';

/* How far one press of a key goes, as shares of the window. */
const PAN = 0.25;
const JUMP = 10;

export interface ChartDeeds extends PlotDeeds {
  /* Around the moment, or the middle: above 1 shows more. */
  scale: (factor: number, at: number | null) => void;
}

/* The moment `steps` samples from the one that is pointed at, or the newest in the window. */
function neighbour(data: PlotData, steps: number): number | null {
  const at = cursor.value;
  const row = nearestRow(data.times, at ?? data.to);
  const next = row === null ? null : at === null ? row : row + steps;
  const last = data.times.length - 1;
  const time = next === null ? undefined : data.times[Math.max(0, Math.min(last, next))];
  return time === undefined ? null : Math.max(data.from, Math.min(data.to, time));
}

function onKey(event: KeyboardEvent, data: PlotData, deeds: ChartDeeds): void {
  if (event.altKey || event.ctrlKey || event.metaKey) {
    return;
  }
  const side = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
  if (side !== 0 && event.shiftKey) {
    deeds.pan(side * PAN);
  } else if (side !== 0) {
    deeds.point(neighbour(data, side));
  } else if (event.key === 'PageUp' || event.key === 'PageDown') {
    deeds.point(neighbour(data, event.key === 'PageUp' ? -JUMP : JUMP));
  } else if (event.key === 'Home' || event.key === 'End') {
    deeds.point(event.key === 'Home' ? data.from : data.to);
  } else if (event.key === '+' || event.key === '-') {
    deeds.scale(event.key === '+' ? 0.5 : 2, cursor.value);
  } else {
    return;
  }
  event.preventDefault();
}

export function Chart(props: {
  look: PlotLook;
  data: PlotData;
  label: string;
  /* What is read at the cursor, in words. */
  reading: string;
  focus: number | null;
  deeds: ChartDeeds;
  plotRef: MutableRef<Plot | null>;
}) {
  const element = useRef<HTMLDivElement>(null);
  const { plotRef } = props;
  const latest = useRef(props);
  const colour = useStore(colours);
  const units = useStore(settings);
  const time = useCursor();
  latest.current = props;
  const { look, data } = props;
  const live = data.to - data.from <= 300;
  const identity = `${look.unit} ${look.style} ${look.hue} ${look.banded} ${look.lines.join()} ${live} ${colour}`;

  useLayoutEffect(() => {
    const place = element.current;
    if (place === null) {
      return;
    }
    const deeds: PlotDeeds = {
      point: (moment) => latest.current.deeds.point(moment),
      zoom: (from, to) => latest.current.deeds.zoom(from, to),
      pan: (part) => latest.current.deeds.pan(part),
      back: () => latest.current.deeds.back(),
    };
    const made = new Plot(place, latest.current.look, latest.current.data, deeds);
    plotRef.current = made;
    return () => {
      plotRef.current = null;
      made.destroy();
    };
  }, [identity, units]);

  useEffect(() => {
    plotRef.current?.show(data);
    plotRef.current?.point(cursor.value);
  }, [data, identity, units]);

  useEffect(() => {
    plotRef.current?.point(time);
  }, [time, identity, units]);

  useEffect(() => {
    plotRef.current?.focus(props.focus);
  }, [props.focus, identity, units]);

  useEffect(() => {
    const place = element.current;
    if (place === null) {
      return;
    }
    const sizes = new ResizeObserver(() =>
      plotRef.current?.resize(place.clientWidth, place.clientHeight),
    );
    sizes.observe(place);
    return () => sizes.disconnect();
  }, []);

  const at = time === null ? data.to : Math.max(data.from, Math.min(data.to, time));
  return (
    <div
      class="chart"
      ref={element}
      role="slider"
      tabIndex={0}
      aria-label={props.label}
      aria-orientation="horizontal"
      aria-valuemin={Math.round(data.from)}
      aria-valuemax={Math.round(data.to)}
      aria-valuenow={Math.round(at)}
      aria-valuetext={`${formatMoment(at, data.to - data.from)}: ${props.reading}`}
      onKeyDown={(event) => onKey(event, latest.current.data, latest.current.deeds)}
      onBlur={() => cursor.value !== null && latest.current.deeds.point(null)}
    />
  );
}
