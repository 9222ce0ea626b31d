/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What stands above the list: how many systems are in which state, the filter, and how it is shown. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../../controls/icon';
import type { IconName } from '../../controls/icon';
import { lookOf, STATE_ORDER } from '../../controls/state';
import { locale, t } from '../../i18n';
import { writeWhole } from '../../numbers';
import { openDialog } from '../../overlays';
import type { StateCounts } from '../../schema';
import { changeSettings, settings } from '../../settings';
import { useStore } from '../../store';
import { COLUMNS, noRoom } from './columns';
import type { Filter } from './filter';
import { readTyped, toggle } from './filter';
import type { Sort } from './list';

/* A pause in typing as long as this asks the hub. */
const TYPING = 180;

export function Counts(props: { states: StateCounts; chosen: readonly string[]; onChosen: (states: string[]) => void }) {
  const { states, chosen } = props;
  const number = (count: number): string => writeWhole(count, locale());
  const total = Object.values(states).reduce((sum, count) => sum + (count ?? 0), 0);
  return (
    <div class="counts" role="group" aria-label={t('Show only systems in a state')}>
      <button type="button" aria-pressed={chosen.length === 0} onClick={() => props.onChosen([])}>
        {t('All')} <b>{number(total)}</b>
      </button>
      {STATE_ORDER.filter((state) => (states[state] ?? 0) > 0 || chosen.includes(state)).map((state) => (
        <button
          key={state}
          type="button"
          class={lookOf(state).tone}
          data-state={state}
          aria-pressed={chosen.includes(state)}
          onClick={() => props.onChosen(toggle(chosen, state))}
        >
          <Icon name={lookOf(state).icon} />
          {t(lookOf(state).word)} <b>{number(states[state] ?? 0)}</b>
        </button>
      ))}
    </div>
  );
}

function FilterBox(props: {
  text: string;
  /* States and labels are those that were typed out. */
  onTyped: (typed: Filter) => void;
}) {
  const { text } = props;
  const [typed, setTyped] = useState(text);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  /* What came from elsewhere (the back button, a label) replaces what stands there; what was typed does
   * not come back from the address while more is typed. */
  const told = useRef(text);
  useEffect(() => {
    if (text !== told.current) {
      told.current = text;
      setTyped(text);
    }
  }, [text]);
  useEffect(() => () => clearTimeout(timer.current), []);
  const tell = (next: Filter): void => {
    clearTimeout(timer.current);
    if (next.states.length > 0 || next.labels.length > 0 || next.text !== told.current) {
      told.current = next.text;
      props.onTyped(next);
    }
  };
  const type = (next: string): void => {
    const { box, ...typed } = readTyped(next, false);
    setTyped(box);
    clearTimeout(timer.current);
    if (box === next) {
      timer.current = setTimeout(() => tell(typed), TYPING);
    } else {
      tell(typed);
    }
  };
  const end = (): void => {
    const { box, ...rest } = readTyped(typed, true);
    setTyped(box);
    tell(rest);
  };
  return (
    <label class="filter">
      <Icon name="search" />
      <span class="unseen">{t('Filter systems')}</span>
      <input
        class="field"
        type="search"
        placeholder={t('Filter systems')}
        maxLength={500}
        value={typed}
        onInput={(event) => type(event.currentTarget.value)}
        onBlur={end}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            end();
          } else if (event.key === 'Escape' && typed !== '') {
            event.preventDefault();
            type('');
          }
        }}
      />
    </label>
  );
}

function Toggle(props: { icon: IconName; text: string; on: boolean; control: string; badge?: string; onClick: () => void }) {
  return (
    <button
      type="button"
      class="tool"
      data-control={props.control}
      aria-pressed={props.on}
      title={props.text}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
      <span class="unseen">{props.text}</span>
      {props.badge !== undefined && (
        <span class="badge" aria-hidden="true">
          {props.badge}
        </span>
      )}
    </button>
  );
}

/* Says which columns there is no room for; the dialog has them all. */
function ColumnsTool() {
  const dropped = useStore(noRoom);
  const names = dropped.map((id) => t(COLUMNS.find((column) => column.id === id)?.title ?? id));
  return (
    <Toggle
      icon="columns"
      control="columns"
      text={
        names.length === 0
          ? t('Choose columns')
          : t('Choose columns; no room for {columns}', { columns: names.join(', ') })
      }
      on={false}
      {...(names.length === 0 ? {} : { badge: `+${names.length}` })}
      onClick={() => openDialog('columns')}
    />
  );
}

/* The order for where there are no headers to press. */
function OrderBox({ sort, onSort }: { sort: Sort; onSort: (sort: Sort) => void }) {
  return (
    <div class="order-box">
      <label>
        <span class="unseen">{t('Sort by')}</span>
        <select
          class="field"
          value={sort.key}
          onChange={(event) => {
            const column = COLUMNS.find((one) => one.sort === event.currentTarget.value);
            onSort({ key: column?.sort ?? 'name', descending: column?.descends === true });
          }}
        >
          <option value="name">{t('System')}</option>
          {COLUMNS.map((column) => (
            <option key={column.id} value={column.sort}>
              {t(column.title)}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        class="tool"
        title={t('Turn the order')}
        onClick={() => onSort({ ...sort, descending: !sort.descending })}
      >
        <Icon name={sort.descending ? 'descending' : 'ascending'} />
        <span class="unseen">{t('Turn the order')}</span>
      </button>
    </div>
  );
}

export function Toolbar(props: {
  filter: Filter;
  sort: Sort;
  cards: boolean;
  onFilter: (filter: Filter, replace: boolean) => void;
  onSort: (sort: Sort) => void;
}) {
  const { filter, cards } = props;
  const { problemsFirst } = useStore(settings);
  return (
    <div class="tools">
      <FilterBox
        text={filter.text}
        onTyped={({ states, labels, text }) =>
          props.onFilter(
            {
              states: [...new Set([...filter.states, ...states])],
              labels: [...new Set([...filter.labels, ...labels])],
              text,
            },
            true,
          )
        }
      />
      {filter.labels.map((label) => (
        <button
          key={label}
          type="button"
          class="chip on"
          aria-label={t('No longer filter by {label}', { label })}
          onClick={() => props.onFilter({ ...filter, labels: toggle(filter.labels, label) }, false)}
        >
          <bdi>{label}</bdi>
          <Icon name="close" />
        </button>
      ))}
      {cards && <OrderBox sort={props.sort} onSort={props.onSort} />}
      <div class="tool-group">
        <Toggle
          icon="first"
          control="problems-first"
          text={t('Problems first')}
          on={problemsFirst}
          onClick={() => changeSettings({ problemsFirst: !problemsFirst })}
        />
        <Toggle
          icon={cards ? 'table' : 'cards'}
          control="layout"
          text={cards ? t('Show as a table') : t('Show as cards')}
          on={false}
          onClick={() => changeSettings({ layout: cards ? 'table' : 'cards' })}
        />
        {!cards && <ColumnsTool />}
      </div>
    </div>
  );
}
