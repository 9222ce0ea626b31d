/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* uPlot behind a small face: one plot, its axes from units, its colours from the tokens. Legend and
 * title are the card's. */

import uPlot from 'uplot';
import { lonePoints, stackColumns } from '../charts';
import { nearestRow } from '../columns';
import { axisTicks, formatMoment, formatTicks, formatTimeTicks } from '../format';
import type { Unit } from '../schema';
import { plotColour, withAlpha } from '../theme';

export const HUES = 8;

/* More lines than this and an area below each would be mud. */
const MOST_AREAS = 3;
const FONT_SIZE = 12;
/* A shorter way of the mouse is a click. */
const LEAST_DRAG = 6;
/* More lines than this and their bands would hide each other. */
const MOST_BANDS = 3;

export interface PlotLook {
  unit: Unit;
  range: number | null;
  style: 'line' | 'area' | 'stack';
  hue: number;
  /* Of each drawn line its number in the whole chart, hidden ones counted: it settles the colour. */
  lines: readonly number[];
  /* Between least and greatest value of each step a band is drawn. */
  banded: boolean;
}

export interface PlotData {
  times: readonly number[];
  columns: readonly (number | null)[][];
  /* As columns, where the look is banded. */
  least: readonly (number | null)[][];
  most: readonly (number | null)[][];
  from: number;
  to: number;
}

/* What people do with a plot. */
export interface PlotDeeds {
  point: (time: number | null) => void;
  zoom: (from: number, to: number) => void;
  /* By a share of the window's length. */
  pan: (part: number) => void;
  back: () => void;
}

let measure: CanvasRenderingContext2D | null = null;

function textWidth(text: string, font: string): number {
  measure ??= document.createElement('canvas').getContext('2d');
  if (measure === null) {
    return text.length * 7;
  }
  measure.font = font;
  return measure.measureText(text).width;
}

export function hueToken(hue: number): string {
  return `--series-${(hue % HUES) + 1}`;
}

/* The lines of a second round of colours are dashed. */
export function dashOf(line: number): number[] {
  const round = Math.floor(line / HUES) % 3;
  return round === 0 ? [] : round === 1 ? [5, 3] : [2, 3];
}

const NOWHERE = -10;

export class Plot {
  private readonly plot: uPlot;
  private readonly moment: HTMLDivElement;
  private readonly ended = new AbortController();
  private ticks: number[] = [0, 1];
  /* Seconds by which the window is being dragged. */
  private shift = 0;
  private data: PlotData;
  private drawn: readonly (number | null)[][] = [];
  /* Where the cursor is to stand, in pixels; outside, there is none. */
  private left = NOWHERE;
  /* The button is down: then uPlot takes every move of its cursor for an end of a selection. */
  private pressed = false;

  constructor(
    private readonly element: HTMLElement,
    private readonly look: PlotLook,
    data: PlotData,
    private readonly deeds: PlotDeeds,
  ) {
    this.data = data;
    this.moment = document.createElement('div');
    this.moment.className = 'plot-moment';
    this.plot = new uPlot(this.options(), this.aligned(), element);
    this.plot.over.append(this.moment);
    this.listen();
  }

  destroy(): void {
    this.ended.abort();
    this.plot.destroy();
  }

  get canvas(): HTMLCanvasElement {
    return this.plot.ctx.canvas;
  }

  /* Shows the cursor at `time`, whoever pointed there; null takes it away. */
  point(time: number | null): void {
    const { from, to, times } = this.data;
    const row = time === null || time < from || time > to ? null : nearestRow(times, time);
    const at = row === null ? undefined : times[row];
    if (time === null || at === undefined) {
      this.moment.hidden = true;
      this.moveCursor(NOWHERE);
      return;
    }
    const left = this.plot.valToPos(time, 'x');
    this.moveCursor(left);
    this.moment.hidden = false;
    this.moment.textContent = formatMoment(at, to - from);
    const half = this.moment.offsetWidth / 2;
    const width = this.plot.over.clientWidth;
    const middle = Math.max(half - 8, Math.min(width - half + 8, left));
    this.moment.style.transform = `translateX(${(middle - half).toFixed(1)}px)`;
  }

  private moveCursor(left: number): void {
    this.left = left;
    if (!this.pressed) {
      this.plot.setCursor({ left, top: left < 0 ? left : 0 }, false);
    }
  }

  /* The pointer: it points, by touch it stays; with Shift it moves the window. */
  private listen(): void {
    const { over } = this.plot;
    const { signal } = this.ended;
    const timeAt = (event: MouseEvent): number =>
      this.plot.posToVal(event.clientX - over.getBoundingClientRect().left, 'x');
    over.addEventListener('pointermove', (event) => this.deeds.point(timeAt(event)), { signal });
    over.addEventListener(
      'pointerleave',
      (event) => {
        if (event.pointerType === 'mouse') {
          this.deeds.point(null);
        }
      },
      { signal },
    );
    over.addEventListener(
      'pointerdown',
      (event) => {
        if (event.pointerType !== 'mouse') {
          this.deeds.point(timeAt(event));
        } else if (event.shiftKey && event.button === 0) {
          this.drag(event);
        }
      },
      { signal },
    );
  }

  private drag(down: PointerEvent): void {
    const { over } = this.plot;
    const { from, to } = this.data;
    const ended = new AbortController();
    let part = 0;
    over.setPointerCapture(down.pointerId);
    over.classList.add('dragged');
    over.addEventListener(
      'pointermove',
      (event) => {
        part = (down.clientX - event.clientX) / Math.max(1, over.clientWidth);
        const by = part * (to - from);
        this.shift = by;
        this.plot.setScale('x', { min: from + by, max: to + by });
      },
      { signal: ended.signal },
    );
    const end = (): void => {
      ended.abort();
      this.shift = 0;
      over.classList.remove('dragged');
      if (Math.abs(part) * over.clientWidth >= LEAST_DRAG) {
        this.deeds.pan(part);
      } else {
        this.update();
      }
    };
    over.addEventListener('pointerup', end, { signal: ended.signal });
    over.addEventListener('pointercancel', end, { signal: ended.signal });
  }

  /* The window that was drawn over with the mouse. */
  private selected(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width < LEAST_DRAG) {
      return;
    }
    const from = plot.posToVal(left, 'x');
    const to = plot.posToVal(left + width, 'x');
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.deeds.zoom(from, to);
  }

  /* Draws nothing when it is what is shown. */
  show(data: PlotData): void {
    if (data !== this.data) {
      this.data = data;
      this.update();
    }
  }

  private update(): void {
    const { data } = this;
    this.plot.batch(() => {
      this.plot.setData(this.aligned(), false);
      this.plot.setScale('x', { min: data.from, max: data.to });
    });
  }

  resize(width: number, height: number): void {
    if (width > 0 && (width !== this.plot.width || height !== this.plot.height)) {
      this.plot.setSize({ width, height });
    }
  }

  /* Brings one line forward (its place among the drawn ones), or none. */
  focus(line: number | null): void {
    this.plot.setSeries(line === null ? null : this.seriesIndex(line), { focus: true });
  }

  /* A stack is drawn from its top down, so that a layer of no height hides behind the one below. */
  private seriesIndex(place: number): number {
    return this.look.style === 'stack' ? this.look.lines.length - place : place + 1;
  }

  private get banded(): boolean {
    return this.look.banded && this.look.style !== 'stack' && this.look.lines.length <= MOST_BANDS;
  }

  private aligned(): uPlot.AlignedData {
    const { columns, times, least, most } = this.data;
    this.drawn = this.look.style === 'stack' ? stackColumns(columns).reverse() : columns;
    if (this.banded) {
      this.drawn = [...this.drawn, ...most, ...least];
    }
    return [times, ...this.drawn] as uPlot.AlignedData;
  }

  private options(): uPlot.Options {
    const { look } = this;
    const family = getComputedStyle(this.element).fontFamily;
    const font = `${FONT_SIZE}px ${family}`;
    return {
      width: this.element.clientWidth,
      height: this.element.clientHeight,
      padding: [10, 2, 0, 0],
      legend: { show: false },
      focus: { alpha: 0.2 },
      cursor: {
        y: false,
        drag: { x: true, y: false, dist: LEAST_DRAG, setScale: false },
        points: { size: 8, width: 2 },
        bind: {
          mousedown: (_plot, _element, handler) => (event) => {
            if (event.button === 0 && !event.shiftKey) {
              handler(event);
              this.pressed = true;
            }
            return null;
          },
          mouseup: (_plot, _element, handler) => (event) => {
            if (event.button === 0) {
              handler(event);
              this.pressed = false;
              this.moveCursor(this.left);
            }
            return null;
          },
          dblclick: () => () => {
            this.deeds.back();
            return null;
          },
          mousemove: (_plot, _element, handler) => (event) => {
            /* What is pointed at comes by point(); a selection needs to be told of each move. */
            if (event.buttons > 0 && !event.shiftKey) {
              handler(event);
            }
            return null;
          },
          mouseleave: () => () => null,
        },
      },
      scales: {
        x: { time: true, auto: false, range: () => [this.data.from + this.shift, this.data.to + this.shift] },
        y: { range: () => this.valueRange() },
      },
      axes: [this.timeAxis(font), this.valueAxis(font)],
      series: this.allSeries(),
      bands: look.style === 'stack' ? this.layers() : this.banded ? this.bands() : [],
      hooks: { setSelect: [(plot) => this.selected(plot)] },
    };
  }

  /* Of all that is drawn: uPlot would leave out the point just before the window, to which a line
   * leads, and cut that line off. */
  private valueRange(): [number, number] {
    const { unit, range } = this.look;
    let low = Infinity;
    let high = -Infinity;
    const [first, last] = this.rowsInWindow();
    for (const column of this.drawn) {
      for (let row = first; row <= last; row += 1) {
        const value = column[row];
        if (value !== null && value !== undefined) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
      }
    }
    this.ticks = axisTicks(low, high, unit, range);
    return [this.ticks[0] ?? 0, Math.max(this.ticks.at(-1) ?? 1, high)];
  }

  /* With the one before and the one after, to which lines lead. */
  private rowsInWindow(): [number, number] {
    const { times, from, to } = this.data;
    let first = 0;
    let last = times.length - 1;
    while (first < last && (times[first + 1] ?? 0) < from + this.shift) {
      first += 1;
    }
    while (last > first && (times[last - 1] ?? 0) > to + this.shift) {
      last -= 1;
    }
    return [first, last];
  }

  private timeAxis(font: string): uPlot.Axis {
    const span = this.data.to - this.data.from;
    return {
      font,
      stroke: plotColour(this.element, '--axis'),
      grid: { show: false },
      ticks: { show: false },
      gap: 8,
      size: 30,
      space: span <= 300 ? 80 : 70,
      values: (plot, splits, _axis, _space, step) => {
        const labels = formatTimeTicks(splits, step);
        const { from, to } = this.data;
        /* Seconds to one pixel; the width of the value axis is not known yet, so it is guessed. */
        const scale = (to - from) / Math.max(1, plot.width - 80);
        return labels.map((label, index) => {
          const half = (textWidth(label, font) / 2) * scale;
          return (splits[index] ?? 0) + half > to + 2 * scale ? '' : label;
        });
      },
    };
  }

  private valueAxis(font: string): uPlot.Axis {
    return {
      font,
      stroke: plotColour(this.element, '--axis'),
      grid: { stroke: plotColour(this.element, '--grid'), width: 1 },
      ticks: { show: false },
      gap: 8,
      splits: () => this.ticks,
      values: (_plot, splits) => formatTicks(splits, this.look.unit),
      size: (_plot, labels) => {
        const widths = (labels ?? []).map((label) => textWidth(label, font));
        return Math.ceil(Math.max(28, ...widths)) + 10;
      },
    };
  }

  private allSeries(): uPlot.Series[] {
    const all: uPlot.Series[] = [{}];
    this.look.lines.forEach((line, place) => {
      all[this.seriesIndex(place)] = this.series(line, this.seriesIndex(place));
    });
    if (this.banded) {
      /* The edges of the bands have no line of their own. */
      all.push(...this.look.lines.map(() => ({ stroke: 'transparent', points: { show: false } })));
      all.push(...this.look.lines.map(() => ({ stroke: 'transparent', points: { show: false } })));
    }
    return all;
  }

  private series(line: number, index: number): uPlot.Series {
    const { look } = this;
    const colour = plotColour(this.element, hueToken(look.hue + line));
    const series: uPlot.Series = {
      stroke: colour,
      width: look.lines.length > 6 ? 1.25 : 1.75,
      dash: dashOf(line),
      points: {
        size: 5,
        fill: colour,
        show: false,
        filter: (plot) => {
          const lone = lonePoints((plot.data[index] ?? []) as (number | null)[]);
          return lone.length > 0 ? lone : null;
        },
      },
    };
    if (look.style === 'stack') {
      series.fill = withAlpha(colour, 0.4);
    } else if (look.style === 'area' && look.lines.length <= MOST_AREAS) {
      series.fill = (plot) => this.gradient(plot, colour);
    }
    return series;
  }

  private gradient(plot: uPlot, colour: string): CanvasGradient | string {
    const { top, height } = plot.bbox;
    if (!Number.isFinite(top) || !(height > 0)) {
      return withAlpha(colour, 0.15);
    }
    const gradient = plot.ctx.createLinearGradient(0, top, 0, top + height);
    gradient.addColorStop(0, withAlpha(colour, 0.32));
    gradient.addColorStop(1, withAlpha(colour, 0.04));
    return gradient;
  }

  private layers(): uPlot.Band[] {
    const bands: uPlot.Band[] = [];
    for (let upper = 1; upper < this.look.lines.length; upper += 1) {
      bands.push({ series: [upper, upper + 1] });
    }
    return bands;
  }

  private bands(): uPlot.Band[] {
    const count = this.look.lines.length;
    return this.look.lines.map((line, place) => ({
      series: [1 + count + place, 1 + 2 * count + place],
      fill: withAlpha(plotColour(this.element, hueToken(this.look.hue + line)), 0.2),
    }));
  }
}
