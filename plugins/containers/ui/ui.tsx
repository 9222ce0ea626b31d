/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @jsxImportSource reeve-ui */

/* Containers in the page: a table on each system, one of the whole fleet, and beside them the last lines
 * and the details of one. */

import { bind, mark, reeve, t, useEffect, useRef, useState } from 'reeve-ui';
import type { Latest, LatestRow, PageProps, PanelProps, Reeve, TableColumn, Tone } from 'reeve-ui';

const KIND = 'container';
/* Between two looks, in milliseconds; the agent is asked once a minute, or each second while the page
 * of its system is open. */
const PERIOD = 5000;
const FOLLOW = 5000;
/* Lines that are shown: an answer has at most 200 of up to 1 MiB together. */
const MOST_LINES = 1000;

interface Row {
  key: string;
  /* What its system tells is of the present. */
  heard: boolean;
  system: string;
  systemName: string;
  id: string;
  name: string;
  image: string;
  status: string;
  ports: string;
  state: number | null;
  health: number | null;
  cpu: number | null;
  memory: number | null;
  network: number | null;
  restarts: number | null;
}

const STATES = [
  mark('created'),
  mark('running'),
  mark('paused'),
  mark('restarting'),
  mark('removing'),
  mark('exited'),
  mark('dead'),
  mark('unknown'),
];
const HEALTH = [mark('none'), mark('starting'), mark('healthy'), mark('unhealthy')];

function number(value: number | undefined): number | null {
  return value ?? null;
}

function sum(a: number | undefined, b: number | undefined): number | null {
  return a === undefined && b === undefined ? null : (a ?? 0) + (b ?? 0);
}

/* Of a system that is not heard only what does not change by itself. */
function rowOf(system: Latest['systems'][number], { instance, values, texts }: LatestRow): Row {
  const heard = system.state === 'up' || system.state === 'suspect';
  const now = heard ? values : {};
  return {
    key: `${system.id}/${instance}`,
    heard,
    system: system.id,
    systemName: system.name,
    id: instance,
    name: texts['name'] || instance,
    image: texts['image'] ?? '',
    status: heard ? (texts['status'] ?? '') : '',
    ports: texts['ports'] ?? '',
    state: number(now['state']),
    health: number(now['health']),
    cpu: number(now['cpu']),
    memory: number(now['memory']),
    network: sum(now['sent'], now['received']),
    restarts: number(now['restarts']),
  };
}

/* Asked again and again while the page is looked at. */
function useRows(systems: readonly string[]): { rows: Row[] | null; complete: boolean; failed: boolean } {
  const [rows, setRows] = useState<Row[] | null>(null);
  const [complete, setComplete] = useState(true);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const controller = new AbortController();
    const ask = async (): Promise<void> => {
      if (document.hidden) {
        return;
      }
      try {
        const latest = await reeve().api.latest({ systems, kinds: [KIND] }, controller.signal);
        setRows(latest.systems.flatMap((system) => system.rows.map((row) => rowOf(system, row))));
        setComplete(latest.complete);
        setFailed(false);
      } catch {
        if (!controller.signal.aborted) {
          setFailed(true);
        }
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), PERIOD);
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [systems.join()]);
  return { rows, complete, failed };
}

function toneOf(row: Row): Tone {
  if (row.health === 3 || row.state === 6) {
    return 'bad';
  }
  if (row.health === 1 || row.state === 2 || row.state === 3 || row.state === 4) {
    return 'warn';
  }
  return row.state === 1 ? 'good' : 'rest';
}

function wordOf(row: Row): string {
  if (!row.heard) {
    return t('unknown: its system is not heard');
  }
  const state = t(STATES[row.state ?? 7] ?? 'unknown');
  return row.health === null || row.health === 0 ? state : `${state}, ${t(HEALTH[row.health] ?? '')}`;
}

function columns(withSystem: boolean): TableColumn<Row>[] {
  const { controls, format, systemPath } = reeve();
  const { Sign } = controls;
  const list: TableColumn<Row>[] = [
    { id: 'name', title: t('Name'), value: (row) => row.name },
    { id: 'state', title: t('State'), value: wordOf, cell: (row) => <Sign tone={toneOf(row)} word={wordOf(row)} /> },
    { id: 'cpu', title: t('CPU'), numeric: true, value: (row) => row.cpu, cell: (row) => format.value(row.cpu, 'ratio') },
    { id: 'memory', title: t('Memory'), numeric: true, value: (row) => row.memory, cell: (row) => format.value(row.memory, 'bytes') },
    { id: 'network', title: t('Network'), numeric: true, minor: true, value: (row) => row.network, cell: (row) => format.value(row.network, 'bytes/s') },
    { id: 'restarts', title: t('Restarts'), numeric: true, minor: true, value: (row) => row.restarts },
    { id: 'image', title: t('Image'), minor: true, value: (row) => row.image },
    { id: 'ports', title: t('Ports'), minor: true, value: (row) => row.ports },
    { id: 'status', title: t('Status'), minor: true, value: (row) => row.status },
  ];
  if (withSystem) {
    const system: TableColumn<Row> = {
      id: 'system',
      title: t('System'),
      value: (row) => row.systemName,
      cell: (row) => (
        <a href={systemPath(row.system)}>
          <bdi>{row.systemName}</bdi>
        </a>
      ),
    };
    list.splice(1, 0, system);
  }
  return list;
}

/* What the agent has not unlocked, and how it is unlocked. */
function Refused({ row, verb, error }: { row: Row; verb: string; error: string }) {
  return (
    <div class="refused" role="alert">
      <p>{error}</p>
      <p class="soft">
        {t('Agents answer this only when their own files unlock it: “unlock={verb}” in group [plugin reporter] of agent.conf on {system}, over a link whose certificate is checked.', { verb, system: row.systemName })}
      </p>
    </div>
  );
}

function useAnswer(row: Row, verb: string, turn: number): { text: string | null; error: string | null } {
  const [answer, setAnswer] = useState<{ text: string | null; error: string | null }>({ text: null, error: null });
  useEffect(() => {
    const controller = new AbortController();
    reeve()
      .api.ask<unknown>(row.system, verb, { id: row.id }, controller.signal)
      .then(
        (value) => setAnswer({ text: typeof value === 'string' ? value : JSON.stringify(value, null, 2), error: null }),
        (error: unknown) => {
          if (!controller.signal.aborted) {
            setAnswer({ text: null, error: error instanceof Error ? error.message : String(error) });
          }
        },
      );
    return () => controller.abort();
  }, [row.key, verb, turn]);
  return answer;
}

/* "2026-01-01T10:00:00.123456789Z text": the moment, and what was written. */
function splitLine(line: string): [string, string] {
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\S*? (.*)$/.exec(line);
  return match === null ? ['', line] : [(match[1] ?? '').replace('T', ' '), match[2] ?? ''];
}

function Logs({ row }: { row: Row }) {
  const verb = 'container.logs';
  const [turn, setTurn] = useState(0);
  const [times, setTimes] = useState(true);
  const [follow, setFollow] = useState(false);
  const [filter, setFilter] = useState('');
  const place = useRef<HTMLPreElement | null>(null);
  const { text, error } = useAnswer(row, verb, turn);
  useEffect(() => {
    if (!follow) {
      return;
    }
    const timer = setInterval(() => !document.hidden && setTurn((count) => count + 1), FOLLOW);
    return () => clearInterval(timer);
  }, [follow]);
  useEffect(() => {
    place.current?.scrollTo(0, place.current.scrollHeight);
  }, [text]);
  if (error !== null) {
    return <Refused row={row} verb={verb} error={error} />;
  }
  const lines = (text ?? '').trimEnd().split('\n').slice(-MOST_LINES);
  const wanted = lines.filter((line) => line.toLowerCase().includes(filter.toLowerCase()));
  return (
    <div class="logs">
      <div class="logs-tools">
        <input
          class="field"
          type="search"
          placeholder={t('Filter')}
          aria-label={t('Filter the lines')}
          value={filter}
          onInput={(event) => setFilter(event.currentTarget.value)}
        />
        <label>
          <input type="checkbox" checked={times} onChange={() => setTimes(!times)} /> {t('Times')}
        </label>
        <label>
          <input type="checkbox" checked={follow} onChange={() => setFollow(!follow)} /> {t('Follow')}
        </label>
        <button type="button" class="button quiet" onClick={() => setTurn(turn + 1)}>
          {t('Refresh')}
        </button>
      </div>
      <pre ref={place} tabIndex={0} aria-label={t('The last lines of {name}', { name: row.name })} aria-busy={text === null}>
        {wanted.map((line, index) => {
          const [time, words] = splitLine(line);
          return (
            <div key={index}>
              {times && time !== '' && <time>{time} </time>}
              {words}
            </div>
          );
        })}
      </pre>
    </div>
  );
}

function Details({ row }: { row: Row }) {
  const verb = 'container.info';
  const { text, error } = useAnswer(row, verb, 0);
  if (error !== null) {
    return <Refused row={row} verb={verb} error={error} />;
  }
  let shown = text ?? '';
  try {
    shown = JSON.stringify(JSON.parse(shown), null, 2);
  } catch {
    /* Then as it came. */
  }
  return (
    <pre tabIndex={0} aria-label={t('How {name} was made', { name: row.name })}>
      {shown}
    </pre>
  );
}

function Aside({ row, onClose }: { row: Row; onClose: () => void }) {
  const { Sheet } = reeve().controls;
  const [tab, setTab] = useState<'logs' | 'details'>('logs');
  return (
    <Sheet title={row.name} onClose={onClose}>
      <div class="container-sheet" data-container={row.id}>
        <div class="tabs" role="tablist">
          {([['logs', t('Last lines')], ['details', t('Details')]] as const).map(([id, title]) => (
            <button key={id} type="button" role="tab" aria-selected={tab === id} onClick={() => setTab(id)}>
              {title}
            </button>
          ))}
        </div>
        {tab === 'logs' ? <Logs row={row} /> : <Details row={row} />}
      </div>
    </Sheet>
  );
}

function List({ systems, withSystem }: { systems: readonly string[]; withSystem: boolean }) {
  const { Table } = reeve().controls;
  const { rows, complete, failed } = useRows(systems);
  const [open, setOpen] = useState<Row | null>(null);
  if (rows === null) {
    return <p class="module-note soft">{failed ? t('The hub could not be asked. The page tries again by itself.') : t('Asking the hub')}</p>;
  }
  if (rows.length === 0) {
    return <p class="module-note soft">{t('No system tells of containers.')}</p>;
  }
  return (
    <>
      {!complete && (
        <p class="module-note" role="status">
          {t('Not all are shown: only the first {count}.', { count: rows.length })}
        </p>
      )}
      <Table label={t('Containers')} rows={rows} columns={columns(withSystem)} rowKey={(row) => row.key} onOpen={setOpen} />
      {open !== null && <Aside row={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function Panel({ system }: PanelProps) {
  return <List systems={[system.id]} withSystem={false} />;
}

function Page(_props: PageProps) {
  return (
    <div class="card">
      <List systems={[]} withSystem />
    </div>
  );
}

export function register(page: Reeve): void {
  bind(page);
  page.addPanel({ id: 'list', title: mark('Containers'), kinds: [KIND], render: Panel });
  page.addPage({ id: 'all', title: mark('Containers'), icon: 'server', render: Page });
}
