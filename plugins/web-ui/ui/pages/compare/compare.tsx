/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same charts over several systems, which are in the address: `?systems=ID,ID&metrics=cpu.usage`. Each
 * system has one colour in all of them. */

import { useEffect, useState } from 'preact/hooks';
import { listSystems } from '../../api';
import type { ChartPlan } from '../../charts';
import { joinTitle } from '../../charts';
import { lastValue } from '../../columns';
import { ChartCard } from '../../controls/chart-card';
import { Icon } from '../../controls/icon';
import { InSight } from '../../controls/in-sight';
import { hueToken } from '../../controls/plot';
import { WindowBar } from '../../controls/window-bar';
import { t } from '../../i18n';
import { useHeading } from '../../page';
import { navigate, systemPath, withQuery } from '../../router';
import type { Schema, SystemRow } from '../../schema';
import { useWindow } from '../../use-window';
import { lastWindow } from '../../window';
import { useCompared, useNames, useSchema } from './use-compare';

/* There are eight colours; beyond them lines are dashed. */
const MOST_SYSTEMS = 16;
const MOST_METRICS = 24;
const USUAL = ['cpu.usage', 'memory.usage', 'load.one', 'network.received', 'network.sent', 'swap.used'];
const POINTS = 500;
const SUGGESTIONS = 8;
const TYPING = 200;

function listOf(query: string, name: string, pattern: RegExp, most: number): string[] {
  const words = new URLSearchParams(query).get(name)?.split(',') ?? [];
  return [...new Set(words.filter((word) => pattern.test(word)))].slice(0, most);
}

interface Choice {
  id: string;
  plan: ChartPlan;
}

/* The metrics of kinds without instances: one line for each system. */
function choicesOf(schema: Schema): Choice[] {
  return schema.kinds
    .filter((kind) => !kind.instanced)
    .flatMap((kind) =>
      kind.metrics
        .filter((metric) => metric.chart !== 'none' && (metric.type === 'number' || metric.type === 'counter'))
        .map((metric) => ({
          id: `${kind.name}.${metric.name}`,
          plan: {
            id: `${kind.name}.${metric.name}`,
            kind: kind.name,
            title: joinTitle(kind, metric.title),
            short: joinTitle(kind, metric.title),
            text: metric.text ?? '',
            unit: metric.unit,
            range: metric.range ?? null,
            style: 'line' as const,
            instanced: true,
            metrics: [metric],
            hue: 0,
          },
        })),
    );
}

function setWords(changes: Record<string, string>): void {
  navigate(withQuery(changes).replaceAll('%2C', ','), { replace: true, scroll: false });
}

/* A box that finds systems by words, and the systems that were chosen. */
function Systems({ ids, names }: { ids: readonly string[]; names: ReadonlyMap<string, string> }) {
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly SystemRow[]>([]);
  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(() => {
      if (text.trim() === '') {
        setFound([]);
        return;
      }
      listSystems({ filter: text.trim(), sort: 'name' }, 0, SUGGESTIONS + ids.length, controller.signal).then(
        (answer) => setFound(answer.systems.filter((row) => !ids.includes(row.id)).slice(0, SUGGESTIONS)),
        () => undefined,
      );
    }, TYPING);
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text, ids.join()]);
  const choose = (id: string): void => {
    setText('');
    setWords({ systems: [...ids, id].join() });
  };
  return (
    <div class="chosen">
      <ul aria-label={t('Systems')}>
        {ids.map((id, index) => (
          <li key={id} data-system={id}>
            <span class="key" style={{ color: `var(${hueToken(index)})` }} aria-hidden="true" />
            <a href={systemPath(id)}>
              <bdi>{names.get(id) ?? id}</bdi>
            </a>
            <button
              type="button"
              aria-label={t('Take {name} out', { name: names.get(id) ?? id })}
              onClick={() => setWords({ systems: ids.filter((one) => one !== id).join() })}
            >
              <Icon name="close" />
            </button>
          </li>
        ))}
      </ul>
      {ids.length < MOST_SYSTEMS && (
        <div class="finder">
          <input
            class="field"
            type="search"
            placeholder={t('Add a system')}
            aria-label={t('Add a system')}
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
          {found.length > 0 && (
            <ul class="card found" aria-label={t('Systems that match')}>
              {found.map((row) => (
                <li key={row.id}>
                  <button type="button" data-add={row.id} onClick={() => choose(row.id)}>
                    <bdi>{row.name}</bdi>
                  </button>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </div>
  );
}

function Metrics({ choices, chosen }: { choices: readonly Choice[]; chosen: readonly string[] }) {
  const toggle = (id: string): void => {
    const next = chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id];
    setWords({ metrics: next.slice(-MOST_METRICS).join() });
  };
  return (
    <details class="metrics">
      <summary>{t('Charts')}</summary>
      <ul>
        {choices.map(({ id, plan }) => (
          <li key={id}>
            <label>
              <input type="checkbox" checked={chosen.includes(id)} onChange={() => toggle(id)} /> {plan.title}
            </label>
          </li>
        ))}
      </ul>
    </details>
  );
}

export function Compare({ query }: { query: string }) {
  const heading = useHeading(t('Compare'));
  const ids = listOf(query, 'systems', /^[0-9a-f]{16}$/, MOST_SYSTEMS);
  const schema = useSchema(ids[0]);
  const names = useNames(ids);
  const choices = schema === null ? [] : choicesOf(schema);
  const wanted = listOf(query, 'metrics', /^[a-z][a-z0-9.-]{1,99}$/, MOST_METRICS);
  const chosen = (wanted.length > 0 ? wanted : USUAL).filter((id) => choices.some((choice) => choice.id === id));
  const windowed = useWindow(query, '1h');
  /* There is no live view of several systems: the last hour is the nearest to it. */
  const window = windowed.window.last === 'live' ? lastWindow('1h') : windowed.window;
  const compared = useCompared(ids, chosen, window, POINTS);
  const lines = ids.map((id) => ({ key: id, label: names.get(id) ?? id }));
  return (
    <div class="compare">
      <h1 ref={heading} tabIndex={-1}>
        {t('Compare')}
      </h1>
      <div class="card compare-head">
        <Systems ids={ids} names={names} />
        {choices.length > 0 && <Metrics choices={choices} chosen={chosen} />}
      </div>
      <WindowBar windowed={{ ...windowed, window }} without="live" />
      {ids.length === 0 && (
        <div class="card notice">
          <Icon name="columns" />
          <h2>{t('Choose systems to compare')}</h2>
          <p>{t('Find them by name above, or begin with the page of a system.')}</p>
        </div>
      )}
      {compared.failed && (
        <p class="module-problem" role="alert">
          {t('Some of the systems could not be asked for.')}
        </p>
      )}
      <div class={`charts ${compared.busy ? 'stale' : ''}`} aria-busy={compared.busy}>
        <h2 class="unseen">{t('Charts')}</h2>
        <div class="chart-grid">
          {choices
            .filter((choice) => chosen.includes(choice.id))
            .map(({ id, plan }) => (
              <InSight
                key={id}
                tag="section"
                attributes={{ class: 'card chart-card', 'data-chart': id, 'aria-label': plan.title }}
                before={<div class="ghost tall" />}
                render={() => {
                  const view = compared.views.get(id);
                  return view === undefined ? (
                    <div class="ghost tall" />
                  ) : (
                    <ChartCard
                      plan={plan}
                      lines={lines}
                      view={view}
                      present={(key) => lastValue(view.columns.values.get(key)?.slice(-3))}
                      deeds={windowed.deeds}
                      owner={t('Compare')}
                    />
                  );
                }}
              />
            ))}
        </div>
      </div>
    </div>
  );
}
