/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* uPlot behind a small face: one plot, its axes from units, its colours from the tokens. Legend and
 * title are the card's. */

import uPlot from 'uplot';
import { lonePoints, stackColumns } from '../charts';
import { axisTicks, formatMoment, formatTicks, formatTimeTicks } from '../format';
import type { Unit } from '../schema';
import { resolveColour, withAlpha } from '../theme';

export const HUES = 8;

/* More lines than this and an area below each would be mud. */
const MOST_AREAS = 3;
const FONT_SIZE = 12;
const SYNC = 'reeve';

export interface PlotLook {
  unit: Unit;
  range: number | null;
  style: 'line' | 'area' | 'stack';
  hue: number;
  /* Of each drawn line its number in the whole chart, hidden ones counted: it settles the colour. */
  lines: readonly number[];
}

export interface PlotData {
  times: readonly number[];
  columns: readonly (number | null)[][];
  from: number;
  to: number;
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

export class Plot {
  private readonly plot: uPlot;
  private readonly moment: HTMLDivElement;
  private ticks: number[] = [0, 1];
  private data: PlotData;
  private drawn: readonly (number | null)[][] = [];

  constructor(
    private readonly element: HTMLElement,
    private readonly look: PlotLook,
    data: PlotData,
    private readonly onCursor: (index: number | null) => void,
  ) {
    this.data = data;
    this.moment = document.createElement('div');
    this.moment.className = 'plot-moment';
    this.plot = new uPlot(this.options(), this.aligned(), element);
    this.plot.over.append(this.moment);
  }

  destroy(): void {
    this.plot.destroy();
  }

  update(data: PlotData): void {
    this.data = data;
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

  private aligned(): uPlot.AlignedData {
    const { columns, times } = this.data;
    this.drawn = this.look.style === 'stack' ? stackColumns(columns).reverse() : columns;
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
        drag: { x: false, y: false },
        sync: { key: SYNC, setSeries: false },
        points: { size: 8, width: 2 },
      },
      scales: {
        x: { time: true, auto: false, range: () => [this.data.from, this.data.to] },
        y: { range: () => this.valueRange() },
      },
      axes: [this.timeAxis(font), this.valueAxis(font)],
      series: this.allSeries(),
      bands: look.style === 'stack' ? this.bands() : [],
      hooks: { setCursor: [(plot) => this.cursorMoved(plot)] },
    };
  }

  /* Of all that is drawn: uPlot would leave out the point just before the window, to which a line
   * leads, and cut that line off. */
  private valueRange(): [number, number] {
    const { unit, range } = this.look;
    let low = Infinity;
    let high = -Infinity;
    for (const column of this.drawn) {
      for (const value of column) {
        if (value !== null) {
          low = Math.min(low, value);
          high = Math.max(high, value);
        }
      }
    }
    this.ticks = axisTicks(low, high, unit, range);
    return [this.ticks[0] ?? 0, Math.max(this.ticks.at(-1) ?? 1, high)];
  }

  private timeAxis(font: string): uPlot.Axis {
    const span = this.data.to - this.data.from;
    return {
      font,
      stroke: resolveColour(this.element, '--axis'),
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
      stroke: resolveColour(this.element, '--axis'),
      grid: { stroke: resolveColour(this.element, '--grid'), width: 1 },
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
    return all;
  }

  private series(line: number, index: number): uPlot.Series {
    const { look } = this;
    const colour = resolveColour(this.element, hueToken(look.hue + line));
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

  private bands(): uPlot.Band[] {
    const bands: uPlot.Band[] = [];
    for (let upper = 1; upper < this.look.lines.length; upper += 1) {
      bands.push({ series: [upper, upper + 1] });
    }
    return bands;
  }

  private cursorMoved(plot: uPlot): void {
    const index = plot.cursor.idx;
    const left = plot.cursor.left ?? -1;
    const time = index === null || index === undefined ? undefined : plot.data[0][index];
    if (left < 0 || time === undefined) {
      this.moment.hidden = true;
      this.onCursor(null);
      return;
    }
    this.moment.hidden = false;
    this.moment.textContent = formatMoment(time, this.data.to - this.data.from);
    const half = this.moment.offsetWidth / 2;
    const width = plot.over.clientWidth;
    const middle = Math.max(half - 8, Math.min(width - half + 8, left));
    this.moment.style.transform = `translateX(${(middle - half).toFixed(1)}px)`;
    this.onCursor(index ?? null);
  }
}
