/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The same charts over several systems, which are in the address:
 * `?systems=ID,ID&metrics=cpu.usage,disk.read:sda`. Each system has one colour in all of them. */

import { useEffect, useMemo, useState } from 'preact/hooks';
import { listSystems } from '../../api';
import { drawable } from '../../charts';
import type { ChartPlan } from '../../charts';
import { lastValue } from '../../columns';
import { MOST_COMPARED } from '../../compared';
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
import { choiceId, kindsWithParts, parseChoice, partNames, plainChoices, planOf } from './choices';
import type { Choice } from './choices';
import { useCompared, useNames, useParts, useSchema } from './use-compare';

const MOST_METRICS = 24;
const MOST_PARTS = 500;
const USUAL = ['cpu.usage', 'memory.usage', 'load.one', 'network.received', 'network.sent', 'swap.used'];
const POINTS = 500;
const SUGGESTIONS = 8;
const TYPING = 200;

function listOf(query: string, name: string, pattern: RegExp, most: number): string[] {
  const words = new URLSearchParams(query).get(name)?.split(',') ?? [];
  return [...new Set(words.filter((word) => pattern.test(word)))].slice(0, most);
}

interface Chosen {
  choice: Choice;
  plan: ChartPlan;
}

/* Those of which the schema knows. */
function chosenOf(schema: Schema | null, ids: readonly string[]): Chosen[] {
  return ids.flatMap((id) => {
    const choice = parseChoice(id);
    const plan = choice === null || schema === null ? null : planOf(schema, choice);
    return choice === null || plan === null ? [] : [{ choice, plan }];
  });
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
      {ids.length < MOST_COMPARED && (
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

/* One instance, by its name, of a kind that has several. */
function PartPicker({ ids, schema, onChosen }: { ids: readonly string[]; schema: Schema; onChosen: (id: string) => void }) {
  const kinds = kindsWithParts(schema);
  const [kindName, setKind] = useState('');
  const [partName, setPart] = useState('');
  const [metricName, setMetric] = useState('');
  const kind = kinds.find((one) => one.name === kindName);
  const parts = useParts(ids, kind === undefined ? [] : [kind.name]);
  const names = parts === null || kind === undefined ? [] : partNames(parts, kind.name);
  const part = names.find((one) => one.name === partName) ?? names[0];
  const metrics = kind?.metrics.filter(drawable) ?? [];
  const metric = metrics.find((one) => one.name === metricName) ?? metrics[0];
  const add = (event: Event): void => {
    event.preventDefault();
    if (kind !== undefined && part !== undefined && metric !== undefined) {
      onChosen(choiceId(kind.name, metric.name, part.name));
    }
  };
  return (
    <form class="part-picker" aria-label={t('One of several, by its name')} onSubmit={add}>
      <label>
        <span>{t('Of')}</span>
        <select class="field" data-pick="kind" value={kindName} onChange={(event) => setKind(event.currentTarget.value)}>
          <option value="">{t('disks, interfaces, sensors …')}</option>
          {kinds.map((one) => (
            <option key={one.name} value={one.name}>
              {one.title}
            </option>
          ))}
        </select>
      </label>
      {kind !== undefined && names.length > 0 && (
        <>
          <label>
            <span>{t('Which')}</span>
            <select class="field" data-pick="part" value={part?.name ?? ''} onChange={(event) => setPart(event.currentTarget.value)}>
              {names.slice(0, MOST_PARTS).map((one) => (
                <option key={one.name} value={one.name}>
                  {ids.length > 1 ? `${one.name} (${one.systems}/${ids.length})` : one.name}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>{t('What')}</span>
            <select class="field" data-pick="metric" value={metric?.name ?? ''} onChange={(event) => setMetric(event.currentTarget.value)}>
              {metrics.map((one) => (
                <option key={one.name} value={one.name}>
                  {one.title}
                </option>
              ))}
            </select>
          </label>
          <button type="submit" class="button quiet" data-pick="add">
            {t('Add the chart')}
          </button>
        </>
      )}
      {kind !== undefined && parts !== null && names.length === 0 && (
        <p class="soft" role="status">
          {t('None of these systems tells of any.')}
        </p>
      )}
      {names.length > MOST_PARTS && (
        <p class="soft">{t('Only the first {count} are offered.', { count: MOST_PARTS })}</p>
      )}
    </form>
  );
}

function Metrics(props: { ids: readonly string[]; schema: Schema; chosen: readonly Chosen[] }) {
  const { ids, schema, chosen } = props;
  const on = chosen.map((one) => one.plan.id);
  const set = (next: readonly string[]): void => setWords({ metrics: next.slice(-MOST_METRICS).join() });
  const toggle = (id: string): void => set(on.includes(id) ? on.filter((one) => one !== id) : [...on, id]);
  const parts = chosen.filter((one) => one.choice.part !== null);
  const plain = plainChoices(schema).map((id) => ({ id, choice: parseChoice(id) }));
  return (
    <details class="metrics">
      <summary>{t('Charts')}</summary>
      <ul>
        {[...plain, ...parts.map(({ choice }) => ({ id: choice.id, choice }))].map(({ id, choice }) => (
          <li key={id}>
            <label>
              <input type="checkbox" checked={on.includes(id)} data-metric={id} onChange={() => toggle(id)} />
              <bdi>{choice === null ? id : planOf(schema, choice)?.title}</bdi>
            </label>
          </li>
        ))}
      </ul>
      <PartPicker ids={ids} schema={schema} onChosen={(id) => !on.includes(id) && set([...on, id])} />
    </details>
  );
}

export function Compare({ query }: { query: string }) {
  const heading = useHeading(t('Compare'));
  const ids = listOf(query, 'systems', /^[0-9a-f]{16}$/, MOST_COMPARED);
  const { schema, failed } = useSchema(ids);
  const names = useNames(ids);
  const words = listOf(query, 'metrics', /^.{1,1000}$/, MOST_METRICS);
  const chosen = useMemo(() => chosenOf(schema, words.length > 0 ? words : USUAL), [schema, words.join()]);
  const choices = useMemo(() => chosen.map((one) => one.choice), [chosen]);
  const kinds = [...new Set(choices.filter((one) => one.part !== null).map((one) => one.kind))];
  const parts = useParts(ids, kinds);
  const windowed = useWindow(query, '1h');
  const { window } = windowed;
  const compared = useCompared({ ids, choices, schema, parts }, window, POINTS);
  const lines = ids.map((id) => ({ key: id, label: names.get(id) ?? id }));
  return (
    <div class="compare">
      <h1 ref={heading} tabIndex={-1}>
        {t('Compare')}
      </h1>
      <div class="card compare-head">
        <Systems ids={ids} names={names} />
        {ids.length > 0 && schema !== null && <Metrics ids={ids} schema={schema} chosen={chosen} />}
      </div>
      <WindowBar windowed={windowed} />
      {ids.length === 0 && (
        <div class="card notice">
          <Icon name="columns" />
          <h2>{t('Choose systems to compare')}</h2>
          <p>{t('Find them by name above, choose them in the list of systems, or begin with the page of a system.')}</p>
        </div>
      )}
      {(compared.failed || failed) && (
        <p class="module-problem" role="alert">
          {t('Some of the systems could not be asked for.')}
        </p>
      )}
      {compared.silent && ids.length > 0 && (
        <p class="silent soft" role="status" data-silent>
          {t('None of these systems tells anything at present. A longer range may show what they told before.')}
        </p>
      )}
      <div class={`charts ${compared.busy ? 'stale' : ''}`} aria-busy={compared.busy}>
        <h2 class="unseen">{t('Charts')}</h2>
        <div class="chart-grid">
          {ids.length > 0 &&
            chosen.map(({ choice, plan }) => (
              <InSight
                key={choice.id}
                tag="section"
                attributes={{ class: 'card chart-card', 'data-chart': choice.id, 'aria-label': plan.title }}
                before={<div class="ghost tall" />}
                render={() => {
                  const view = compared.views.get(choice.id);
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
