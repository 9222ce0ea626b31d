/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Every chart of the schema that has data in the window: kinds without instances in one grid, then a
 * section for each kind with instances, whose charts share a filter. */

import { useContext, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { createContext } from 'preact';
import type { RefObject } from 'preact';
import { hubNow } from '../../api';
import { candidatesOf, chooseLines, isQuiet, planCharts, planLines, seriesIn, TOP, withOthers } from '../../charts';
import type { ChartPlan, Choice } from '../../charts';
import { lastValue } from '../../columns';
import type { LiveBuffer } from '../../columns';
import { ChartCard, chartColumns } from '../../controls/chart-card';
import type { ChartView } from '../../controls/chart-card';
import { Icon } from '../../controls/icon';
import { InSight } from '../../controls/in-sight';
import { ModuleProblems, Panels } from '../../controls/panels';
import { saveText } from '../../controls/save';
import { csvLong, fileName } from '../../csv';
import { formatAgo, formatWindow } from '../../format';
import type { HistoryLoader } from '../../history';
import { t, tn } from '../../i18n';
import type { PanelSystem } from '../../module-types';
import type { Kind, Schema, SystemRow } from '../../schema';
import type { Windowed } from '../../use-window';
import { windowEnds } from '../../window';
import { Views } from './views';

/* So many charts of a kind are shown whatever is in them. */
const MOST_PLAIN = 2;
/* A live value older than this is not the present one, nor is a row that lies more steps back. */
const FRESH = 10;
const FRESH_STEPS = 3;

/* What a kind's instances are called where they have a name beside their key. */
export type Names = ReadonlyMap<string, ReadonlyMap<string, string>>;

export interface Charting {
  views: Views;
  loader: HistoryLoader;
  buffer: LiveBuffer;
  windowed: Windowed;
  names: Names;
  owner: string;
  system: PanelSystem;
  /* Kinds that have a section. */
  kinds: readonly string[];
}

const Context = createContext<Charting | null>(null);

function useCharting(): Charting {
  const charting = useContext(Context);
  if (charting === null) {
    throw new Error('no charts around');
  }
  return charting;
}

export function Waiting({ text }: { text: string }) {
  return (
    <div class="chart-grid" role="status">
      <span class="unseen">{text}</span>
      {[0, 1, 2, 3].map((card) => (
        <div key={card} class="card chart-card waiting">
          <div class="ghost short" />
          <div class="ghost tall" />
        </div>
      ))}
    </div>
  );
}

function Nothing({ row, failed }: { row: SystemRow | null; failed: boolean }) {
  const last = row?.last ?? null;
  let text = t('The first samples arrive as soon as the agent answers.');
  if (failed) {
    text = t('The hub could not be asked. The page tries again by itself.');
  } else if (row?.state === 'pending') {
    text = t('Its agent has not come yet. Start it with the command that was shown when the system was added.');
  } else if (last !== null && row?.state !== 'up') {
    text = t('The system was last heard {ago}. A longer range may show more.', { ago: formatAgo(hubNow() - last) });
  } else if (last !== null) {
    text = t('Nothing was kept of this time. Another range may show more.');
  }
  return (
    <div class="card notice" role="status">
      <Icon name={failed ? 'away' : 'clock'} />
      <h2>{failed ? t('No answer') : t('Nothing to draw in this window')}</h2>
      <p>{text}</p>
    </div>
  );
}

function presentOf(charting: Charting, view: ChartView): (key: string) => number | null {
  const { buffer, windowed } = charting;
  /* A window that ended long ago has its own last value. */
  const current = windowed.window.last !== null || view.to > hubNow() - FRESH;
  const fresh = current && hubNow() - (buffer.lastTime ?? 0) < FRESH;
  const { times, values } = view.columns;
  const old = current && (times.at(-1) ?? 0) < view.to - Math.max(FRESH, FRESH_STEPS * view.step);
  return (key) => (fresh ? buffer.now.get(key) : undefined) ?? (old ? null : lastValue(values.get(key)?.slice(-2)));
}

function Shell() {
  return (
    <>
      <div class="ghost short" />
      <div class="ghost tall" />
    </>
  );
}

/* One chart; `choose` says which lines it has, or null while that is not known. */
function Card(props: {
  plan: ChartPlan;
  view: () => ChartView | null;
  choose: (view: ChartView) => Choice;
}) {
  const charting = useCharting();
  const { plan } = props;
  const { loader, windowed, owner } = charting;
  const render = () => {
    const view = props.view();
    if (view === null) {
      return <Shell />;
    }
    const choice = props.choose(view);
    let { columns } = view;
    const { lines } = choice;
    if (plan.style === 'stack' && choice.rest.length > 0) {
      const [key, more] = withOthers(plan, columns, choice.rest);
      columns = more;
      lines.push({ key, label: tn('one other', '{count} others', choice.rest.length) });
    }
    return (
      <ChartCard
        plan={plan}
        lines={lines}
        view={{ ...view, columns }}
        present={presentOf(charting, { ...view, columns })}
        deeds={windowed.deeds}
        owner={owner}
      />
    );
  };
  const sight = (seen: boolean): void => {
    if (plan.instanced) {
      (seen ? loader.want : loader.unwant).call(loader, plan.kind);
    }
  };
  return (
    <InSight
      tag="section"
      attributes={{ class: 'card chart-card', 'data-chart': plan.id, 'aria-label': plan.title }}
      before={<Shell />}
      render={render}
      onSight={sight}
    />
  );
}

function PlainCard({ plan }: { plan: ChartPlan }) {
  const { views } = useCharting();
  return (
    <Card
      plan={plan}
      view={() => views.plain}
      choose={(view) => ({ lines: planLines(plan, [view.columns]), rest: [], matching: 0 })}
    />
  );
}

/* All charts of one kind with instances. */
function Section({ kind, plans }: { kind: Kind; plans: readonly ChartPlan[] }) {
  const { views, names, system, kinds } = useCharting();
  const [filter, setFilter] = useState('');
  const [all, setAll] = useState(false);
  const [zeros, setZeros] = useState(false);
  const { catalogue } = views;
  const most = Math.max(...plans.map((plan) => seriesIn(plan, catalogue)));
  const id = `kind-${kind.name}`;
  /* Charts of nothing but zeros are named only, unless there are few charts anyway. */
  const quiet = plans.length > MOST_PLAIN ? plans.filter((plan) => isQuiet(plan, catalogue)) : [];
  const shown = zeros ? plans : plans.filter((plan) => !quiet.includes(plan));
  return (
    <section class="kind" aria-labelledby={id} data-kind={kind.name}>
      <header>
        <h2 id={id}>
          {kind.title} <span class="soft">{most}</span>
        </h2>
        {most > 1 && (
          <input
            class="field"
            type="search"
            placeholder={t('Filter')}
            aria-label={t('Filter {kind}', { kind: kind.title })}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        )}
        {most > TOP && (
          <button type="button" class="button quiet" aria-pressed={all} data-all onClick={() => setAll(!all)}>
            {all ? t('Only the largest {count}', { count: TOP }) : t('Show all {count}', { count: most })}
          </button>
        )}
      </header>
      <Panels system={system} kind={kind.name} drawn={kinds} />
      <div class="chart-grid">
        {shown.map((plan) => (
          <Card
            key={plan.id}
            plan={plan}
            view={() => views.kind(plan.kind)}
            choose={() => chooseLines(candidatesOf(plan, catalogue, names.get(kind.name)), filter, all)}
          />
        ))}
      </div>
      {quiet.length > 0 && (
        <p class="zeros soft">
          {!zeros && t('Nothing but zero: {metrics}.', { metrics: quiet.map((plan) => plan.short).join(', ') })}
          <button type="button" class="button quiet" aria-expanded={zeros} onClick={() => setZeros(!zeros)}>
            {zeros ? t('Hide charts of zeros') : t('Show them')}
          </button>
        </p>
      )}
    </section>
  );
}

/* All that is known in the window as one file: of kinds with instances what was looked at. */
function SaveAll({ plans }: { plans: readonly ChartPlan[] }) {
  const { views, names, owner, windowed } = useCharting();
  const download = (): void => {
    const parts = plans.flatMap((plan) => {
      const view = plan.instanced ? views.kind(plan.kind) : views.plain;
      if (view === null) {
        return [];
      }
      const { columns } = view;
      const lines = plan.instanced
        ? chooseLines(candidatesOf(plan, views.catalogue, names.get(plan.kind)), '', true).lines
        : planLines(plan, [columns]);
      return [{ chart: plan.title, times: columns.times, columns: chartColumns(plan, lines, columns) }];
    });
    const { from, to } = windowEnds(windowed.window, hubNow());
    saveText(fileName([owner, formatWindow(from, to)], 'csv'), csvLong(parts, from, to));
  };
  return (
    <p class="save-all">
      <button type="button" class="button quiet" data-save="page" onClick={download}>
        {t('Save all as CSV')}
      </button>
    </p>
  );
}

/* Half the grid's width in pixels: more points than that no chart can show. None before it is measured. */
function usePoints(element: RefObject<HTMLElement>): number {
  const [points, setPoints] = useState(0);
  useLayoutEffect(() => {
    const place = element.current;
    if (place === null) {
      return;
    }
    const look = (): void => {
      const width = place.clientWidth > 900 ? place.clientWidth / 2 : place.clientWidth;
      setPoints(Math.max(200, Math.ceil(width / 100) * 100));
    };
    look();
    const sizes = new ResizeObserver(look);
    sizes.observe(place);
    return () => sizes.disconnect();
  }, []);
  return points;
}

export function Charts(props: {
  schema: Schema | null;
  row: SystemRow | null;
  charting: Omit<Charting, 'views' | 'kinds'>;
}) {
  const { schema, row } = props;
  const { loader, buffer, windowed } = props.charting;
  const { window } = windowed;
  const place = useRef<HTMLDivElement>(null);
  const points = usePoints(place);
  useLayoutEffect(() => {
    if (points > 0) {
      loader.look(window, schema, points);
    }
  }, [loader, window, schema, points]);
  const plans = useMemo(() => (schema === null ? [] : planCharts(schema)), [schema]);
  const views = new Views(window, loader, buffer);
  const { plain, catalogue } = views;
  const known = window.last === 'live' ? buffer.lastTime !== null : plain !== null;
  const drawn = plans.filter((plan) =>
    plan.instanced
      ? seriesIn(plan, catalogue) > 0
      : plain !== null && planLines(plan, [plain.columns]).length > 0,
  );
  const sections = (schema?.kinds ?? [])
    .map((kind) => ({ kind, plans: drawn.filter((plan) => plan.instanced && plan.kind === kind.name) }))
    .filter((section) => section.plans.length > 0);
  const body = () => {
    if (!known && loader.failed) {
      return <Nothing row={row} failed />;
    }
    if (schema === null || (!known && (window.last !== 'live' || row === null))) {
      return <Waiting text={t('Asking the hub')} />;
    }
    if (drawn.length === 0) {
      return window.last === 'live' && row?.state === 'up' ? (
        <Waiting text={t('Waiting for the first sample')} />
      ) : views.stale ? (
        <Waiting text={t('Asking the hub')} />
      ) : (
        <Nothing row={row} failed={false} />
      );
    }
    return (
      <>
        <h2 class="unseen">{t('Charts')}</h2>
        <div class="chart-grid">
          {drawn.filter((plan) => !plan.instanced).map((plan) => <PlainCard key={plan.id} plan={plan} />)}
        </div>
        {sections.map((section) => (
          <Section key={section.kind.name} kind={section.kind} plans={section.plans} />
        ))}
        <Panels system={props.charting.system} kind={null} drawn={[]} />
        <ModuleProblems />
        <SaveAll plans={drawn} />
      </>
    );
  };
  return (
    <Context.Provider value={{ ...props.charting, views, kinds: sections.map((section) => section.kind.name) }}>
      <div ref={place} class={`charts ${views.stale ? 'stale' : ''}`} aria-busy={views.stale}>
        {known && views.failed && (
          <p class="problem" role="alert" data-failed>
            {t('What is shown is of another range: the hub could not be asked. The page tries again by itself.')}
          </p>
        )}
        {body()}
      </div>
    </Context.Provider>
  );
}
