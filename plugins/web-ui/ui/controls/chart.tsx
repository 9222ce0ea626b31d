/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* A plot as a component. It draws only while it is in sight; what comes meanwhile waits. */

import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import { useStore } from '../store';
import { colours } from '../theme';
import { Plot } from './plot';
import type { PlotData, PlotLook } from './plot';

export function Chart(props: {
  look: PlotLook;
  data: PlotData;
  label: string;
  focus: number | null;
  onCursor: (index: number | null) => void;
}) {
  const element = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const latest = useRef(props);
  const visible = useRef(false);
  const stale = useRef(false);
  const colour = useStore(colours);
  latest.current = props;
  const { look, data } = props;
  const live = data.to - data.from <= 300;
  const identity = `${look.unit} ${look.style} ${look.hue} ${look.lines.join()} ${live} ${colour}`;

  useLayoutEffect(() => {
    const place = element.current;
    if (place === null) {
      return;
    }
    const made = new Plot(place, latest.current.look, latest.current.data, (index) =>
      latest.current.onCursor(index),
    );
    plot.current = made;
    return () => {
      plot.current = null;
      made.destroy();
    };
  }, [identity]);

  useEffect(() => {
    if (visible.current) {
      plot.current?.update(data);
    } else {
      stale.current = true;
    }
  }, [data, identity]);

  useEffect(() => {
    plot.current?.focus(props.focus);
  }, [props.focus, identity]);

  useEffect(() => {
    const place = element.current;
    if (place === null) {
      return;
    }
    const sizes = new ResizeObserver(() =>
      plot.current?.resize(place.clientWidth, place.clientHeight),
    );
    const sight = new IntersectionObserver(
      (entries) => {
        visible.current = entries.at(-1)?.isIntersecting === true;
        if (visible.current && stale.current) {
          stale.current = false;
          plot.current?.update(latest.current.data);
        }
      },
      { rootMargin: '200px' },
    );
    sizes.observe(place);
    sight.observe(place);
    return () => {
      sizes.disconnect();
      sight.disconnect();
    };
  }, []);

  return <div class="chart" ref={element} role="img" aria-label={props.label} />;
}
