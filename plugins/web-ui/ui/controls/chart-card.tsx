/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* One chart with its title, its value now (or under the cursor), its legend, and ways to save it. */

import { useMemo, useRef, useState } from 'preact/hooks';
import type { ChartPlan, Line } from '../charts';
import { nearestRow } from '../columns';
import { csvTable, fileName } from '../csv';
import type { CsvColumn } from '../csv';
import { formatValue, formatWindow } from '../format';
import { t } from '../i18n';
import type { Columns } from '../schema';
import { Chart } from './chart';
import type { ChartDeeds } from './chart';
import { useCursor } from './cursor';
import { Legend } from './legend';
import { hueToken } from './plot';
import type { Plot, PlotLook } from './plot';
import { drawPicture, save, saveText } from './save';

/* Of one chart what is in the window. */
export interface ChartView {
  columns: Columns;
  from: number;
  to: number;
  step: number;
}

export interface ChartCardProps {
  plan: ChartPlan;
  lines: readonly Line[];
  view: ChartView;
  /* Value of a series at present; null where none is known. */
  present: (key: string) => number | null;
  deeds: ChartDeeds;
  /* Whose it is, for the names of files. */
  owner: string;
}

/* What a column holds, as a table's head says it. */
export function columnTitle(plan: ChartPlan, line: Line): string {
  return `${line.label}${plan.unit === 'none' || plan.unit === 'count' ? '' : ` [${plan.unit}]`}`;
}

export function chartColumns(plan: ChartPlan, lines: readonly Line[], columns: Columns): CsvColumn[] {
  return lines.flatMap((line) => {
    const title = columnTitle(plan, line);
    const [values, least, most] = [columns.values, columns.least, columns.most].map((side) => side?.get(line.key));
    const ends =
      least?.some((value) => value !== null) === true
        ? [{ title: `${title} minimum`, values: least }, { title: `${title} maximum`, values: most ?? [] }]
        : [];
    return [{ title, values: values ?? [] }, ...ends];
  });
}

function readingOf(props: ChartCardProps, row: number | null, line: Line): string {
  const { plan, view } = props;
  if (row === null) {
    const value = props.present(line.key);
    return value === null ? t('no data') : formatValue(value, plan.unit);
  }
  const value = view.columns.values.get(line.key)?.[row] ?? null;
  if (value === null) {
    return t('no data');
  }
  const least = view.columns.least?.get(line.key)?.[row] ?? null;
  const most = view.columns.most?.get(line.key)?.[row] ?? null;
  const mean = formatValue(value, plan.unit);
  const [low, high] = [formatValue(least, plan.unit), formatValue(most, plan.unit)];
  return least === null || most === null || low === high ? mean : `${mean} (${low}\u2009\u2013\u2009${high})`;
}

/* The row that is pointed at; null where none is near, as in a gap between two samples. */
function rowAt(view: ChartView, time: number | null): number | null | 'gap' {
  if (time === null || time < view.from || time > view.to) {
    return null;
  }
  const row = nearestRow(view.columns.times, time);
  const at = row === null ? undefined : view.columns.times[row];
  return row === null || at === undefined || Math.abs(at - time) > 2 * view.step ? 'gap' : row;
}

/* The mean large, the ends of its step below it. */
function Value({ text }: { text: string }) {
  const at = text.indexOf(' (');
  return at < 0 ? (
    <>{text}</>
  ) : (
    <>
      {text.slice(0, at)}
      <small>{text.slice(at)}</small>
    </>
  );
}

function Save(props: { plan: ChartPlan; csv: () => void; png: () => void }) {
  return (
    <div class="chart-save">
      <button type="button" data-save="csv" onClick={props.csv} aria-label={t('Save “{title}” as CSV', { title: props.plan.title })}>
        CSV
      </button>
      <button type="button" data-save="png" onClick={props.png} aria-label={t('Save “{title}” as PNG', { title: props.plan.title })}>
        PNG
      </button>
    </div>
  );
}

export function ChartCard(props: ChartCardProps) {
  const { plan, lines, view } = props;
  const { columns, from, to } = view;
  const card = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot | null>(null);
  const time = useCursor();
  const [focused, setFocused] = useState<string | null>(null);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const drawn = lines.filter((line) => !hidden.has(line.key));
  const banded = drawn.some((line) => columns.least?.get(line.key)?.some((value) => value !== null));
  const data = useMemo(() => {
    const side = (from_: Columns['least']): (number | null)[][] =>
      drawn.map((line) => from_?.get(line.key) ?? []);
    const { times, values, least, most } = columns;
    return { times, columns: side(values), least: side(least), most: side(most), from, to };
  }, [columns, lines, hidden, from, to]);
  const look: PlotLook = {
    unit: plan.unit,
    range: plan.range,
    style: plan.style,
    hue: plan.hue,
    lines: drawn.map((line) => lines.indexOf(line)),
    banded,
  };
  const row = rowAt(view, time);
  const valueOf = (line: Line): string => (row === 'gap' ? t('no data') : readingOf(props, row, line));
  const toggle = (key: string): void => {
    const next = new Set(hidden);
    if (!next.delete(key)) {
      next.add(key);
    }
    setHidden(next);
  };
  const focus = drawn.findIndex((line) => line.key === focused);
  const [single] = lines;
  const alone = lines.length === 1 && single !== undefined;
  const saveCsv = (): void => {
    const table = csvTable(columns.times, chartColumns(plan, drawn, columns), from, to);
    saveText(fileName([props.owner, plan.id], 'csv'), table);
  };
  const savePng = async (): Promise<void> => {
    if (plot.current === null || card.current === null) {
      return;
    }
    const keys = drawn.map((line) => ({
      label: line.label,
      value: valueOf(line),
      token: hueToken(plan.hue + lines.indexOf(line)),
    }));
    const picture = { title: `${props.owner}: ${plan.title}`, text: formatWindow(from, to), keys };
    save(fileName([props.owner, plan.id], 'png'), await drawPicture(card.current, plot.current.canvas, picture));
  };
  return (
    <div class="chart-body" ref={card}>
      <header>
        <div>
          <h3>
            <bdi>{plan.instanced ? plan.short : plan.title}</bdi>
          </h3>
          {plan.text !== '' && <p class="soft">{plan.text}</p>}
        </div>
        <Save plan={plan} csv={saveCsv} png={() => void savePng()} />
        {alone && (
          <p class={`now ${row === null ? '' : 'past'}`} data-value>
            <Value text={valueOf(single)} />
          </p>
        )}
      </header>
      <Chart
        look={look}
        data={data}
        label={`${plan.title}, ${formatWindow(from, to)}`}
        reading={drawn.slice(0, 12).map((line) => `${line.label} ${valueOf(line)}`).join(', ')}
        focus={focus < 0 ? null : focus}
        deeds={props.deeds}
        plotRef={plot}
      />
      {(!alone || plan.instanced) && (
        <Legend
          lines={lines}
          plan={plan}
          hidden={hidden}
          valueOf={valueOf}
          onToggle={toggle}
          onFocus={setFocused}
        />
      )}
    </div>
  );
}
