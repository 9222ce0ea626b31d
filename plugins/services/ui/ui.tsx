/* SPDX-License-Identifier: LGPL-2.1-or-later */
/** @jsxImportSource reeve-ui */

/* systemd's services in the page: a table on each system, and what systemd says of one beside it. */

import { bind, mark, reeve, t, useEffect, useState } from 'reeve-ui';
import type { PanelProps, Reeve, TableColumn, Tone } from 'reeve-ui';

const KIND = 'service';
const VERB = 'service.info';
/* Between two looks, in milliseconds. */
const PERIOD = 10_000;

interface Row {
  name: string;
  state: number | null;
  sub: number | null;
  cpu: number | null;
  memory: number | null;
  tasks: number | null;
  restarts: number | null;
}

const STATES = [mark('active'), mark('inactive'), mark('failed'), mark('activating'), mark('deactivating'), mark('reloading')];
const SUB_STATES = [mark('dead'), mark('running'), mark('exited'), mark('failed'), mark('other')];

function useRows(system: string): Row[] | null {
  const [rows, setRows] = useState<Row[] | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    const ask = async (): Promise<void> => {
      if (document.hidden) {
        return;
      }
      try {
        const latest = await reeve().api.latest({ systems: [system], kinds: [KIND] }, controller.signal);
        setRows(
          (latest.systems[0]?.rows ?? []).map(({ instance, values }) => ({
            name: instance,
            state: values['state'] ?? null,
            sub: values['sub-state'] ?? null,
            cpu: values['cpu'] ?? null,
            memory: values['memory'] ?? null,
            tasks: values['tasks'] ?? null,
            restarts: values['restarts'] ?? null,
          })),
        );
      } catch {
        /* What was shown stays; the next look may be answered. */
      }
    };
    void ask();
    const timer = setInterval(() => void ask(), PERIOD);
    return () => {
      controller.abort();
      clearInterval(timer);
    };
  }, [system]);
  return rows;
}

function toneOf(row: Row): Tone {
  if (row.state === 2) {
    return 'bad';
  }
  return row.state === 0 ? 'good' : row.state === 1 ? 'rest' : 'warn';
}

function wordOf(row: Row): string {
  const state = STATES[row.state ?? -1];
  const sub = SUB_STATES[row.sub ?? -1];
  const words = [state, sub === state ? undefined : sub].filter((word) => word !== undefined);
  return words.map((word) => t(word)).join(', ');
}

function columns(): TableColumn<Row>[] {
  const { controls, format } = reeve();
  const { Sign } = controls;
  return [
    { id: 'name', title: t('Name'), value: (row) => row.name },
    { id: 'state', title: t('State'), value: wordOf, cell: (row) => <Sign tone={toneOf(row)} word={wordOf(row)} /> },
    { id: 'cpu', title: t('CPU'), numeric: true, value: (row) => row.cpu, cell: (row) => format.value(row.cpu, 'ratio') },
    { id: 'memory', title: t('Memory'), numeric: true, value: (row) => row.memory, cell: (row) => format.value(row.memory, 'bytes') },
    { id: 'tasks', title: t('Tasks'), numeric: true, minor: true, value: (row) => row.tasks },
    { id: 'restarts', title: t('Restarts'), numeric: true, minor: true, value: (row) => row.restarts },
  ];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : Array.isArray(value) ? value.map(textOf).join(', ') : JSON.stringify(value);
}

function Aside({ system, row, onClose }: { system: PanelProps['system']; row: Row; onClose: () => void }) {
  const { Sheet } = reeve().controls;
  const [details, setDetails] = useState<Record<string, unknown> | null>(null);
  const [error, setError] = useState<string | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    reeve()
      .api.ask<Record<string, unknown>>(system.id, VERB, { name: row.name }, controller.signal)
      .then(setDetails, (problem: unknown) => {
        if (!controller.signal.aborted) {
          setError(problem instanceof Error ? problem.message : String(problem));
        }
      });
    return () => controller.abort();
  }, [system.id, row.name]);
  return (
    <Sheet title={row.name} onClose={onClose}>
      <div class="service-sheet" data-service={row.name}>
        {error !== null && (
          <div role="alert">
            <p>{error}</p>
            <p class="soft">
              {t('Agents answer this only when their own files unlock it: “unlock={verb}” in group [plugin reporter] of agent.conf on {system}, over a link whose certificate is checked.', { verb: VERB, system: system.name })}
            </p>
          </div>
        )}
        {error === null && details === null && <p role="status">{t('Asking the agent')}</p>}
        {details !== null && (
          <dl>
            {Object.entries(details)
              .filter(([, value]) => value !== '' && value !== null)
              .sort(([a], [b]) => (a < b ? -1 : 1))
              .map(([key, value]) => (
                <div key={key}>
                  <dt>{key}</dt>
                  <dd>
                    <bdi>{textOf(value)}</bdi>
                  </dd>
                </div>
              ))}
          </dl>
        )}
      </div>
    </Sheet>
  );
}

function Panel({ system }: PanelProps) {
  const { Table } = reeve().controls;
  const rows = useRows(system.id);
  const [open, setOpen] = useState<Row | null>(null);
  if (rows === null) {
    return <p class="service-note soft">{t('Asking the hub')}</p>;
  }
  return (
    <>
      <Table label={t('Services')} rows={rows} columns={columns()} rowKey={(row) => row.name} onOpen={setOpen} />
      {open !== null && <Aside system={system} row={open} onClose={() => setOpen(null)} />}
    </>
  );
}

export function register(page: Reeve): void {
  bind(page);
  page.addPanel({ id: 'list', title: mark('Services'), kinds: [KIND], render: Panel });
}
