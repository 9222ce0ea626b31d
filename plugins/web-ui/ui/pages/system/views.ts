/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the charts of a system show in the window: the samples of the last minutes as they came, or the
 * history, with the present at its end. */

import { hubNow } from '../../api';
import { catalogueOf } from '../../charts';
import type { Catalogue } from '../../charts';
import { EMPTY, withTail } from '../../columns';
import type { LiveBuffer } from '../../columns';
import type { ChartView } from '../../controls/chart-card';
import type { HistoryLoader, Loaded } from '../../history';
import { windowEnds } from '../../window';
import type { Window } from '../../window';

/* Longer ranges do not show the minute since their last row. */
const TAIL_SPAN = 3600;
/* Two live samples of a system lie a second apart. */
const LIVE_STEP = 1;

export class Views {
  private readonly made = new Map<Loaded, ChartView>();
  private list: [unknown, Catalogue] | null = null;
  private readonly samples: ChartView | null;

  constructor(
    private readonly window: Window,
    private readonly loader: HistoryLoader,
    private readonly buffer: LiveBuffer,
  ) {
    this.samples = this.fromSamples();
  }

  /* Null: not known yet. */
  get plain(): ChartView | null {
    return this.samples ?? this.fromHistory(this.loader.plain);
  }

  kind(name: string): ChartView | null {
    return this.samples ?? this.fromHistory(this.loader.kind(name));
  }

  /* Which series of kinds with instances there are. */
  get catalogue(): Catalogue {
    const source = this.samples?.columns ?? this.loader.catalogue?.columns ?? EMPTY;
    if (this.list?.[0] !== source) {
      this.list = [source, catalogueOf(source)];
    }
    return this.list[1];
  }

  get stale(): boolean {
    return this.samples === null && (this.loader.busy || this.loader.failed);
  }

  /* What is shown may be of the window before. */
  get failed(): boolean {
    return this.samples === null && this.loader.failed;
  }

  /* The live view, and any part of it that was looked at closer while it is still there. */
  private fromSamples(): ChartView | null {
    const { window, buffer } = this;
    const now = hubNow();
    if (window.last === 'live') {
      const last = buffer.lastTime;
      const to = last !== null && Math.abs(now - last) < 3 ? last : now;
      return { columns: buffer.window(to, window.span), from: to - window.span, to, step: LIVE_STEP };
    }
    if (window.last === null && buffer.covers(window.from, window.to)) {
      const { from, to, span } = window;
      return { columns: buffer.window(to, span), from, to, step: LIVE_STEP };
    }
    return null;
  }

  private fromHistory(loaded: Loaded | null): ChartView | null {
    if (loaded === null) {
      return null;
    }
    const known = this.made.get(loaded);
    if (known !== undefined) {
      return known;
    }
    const { window, buffer } = this;
    let view: ChartView;
    if (window.last !== null && window.span <= TAIL_SPAN) {
      const live = buffer.window(hubNow(), 3 * loaded.step);
      const columns = withTail(loaded.columns, live, loaded.step);
      const to = Math.max(hubNow(), columns.times.at(-1) ?? 0);
      view = { columns, from: to - window.span, to, step: loaded.step };
    } else {
      const ends = window.last === null ? window : this.isOf(loaded) ? loaded : windowEnds(window, hubNow());
      view = { columns: loaded.columns, from: ends.from, to: ends.to, step: loaded.step };
    }
    this.made.set(loaded, view);
    return view;
  }

  /* Whether the answer is of a window as long as the one that is shown. */
  private isOf(loaded: Loaded): boolean {
    return Math.abs(loaded.to - loaded.from - this.window.span) < 1;
  }
}
