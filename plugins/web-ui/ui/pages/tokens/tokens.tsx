/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Tokens that many machines may come with, and the systems that wait to be confirmed. */

import { useEffect, useState } from 'preact/hooks';
import { confirmSystem, hubNow, listSystems, listTokens, messageOf, removeSystem, removeToken } from '../../api';
import type { Token } from '../../api';
import { home } from '../../base';
import { Icon } from '../../controls/icon';
import { act } from '../../controls/system-menu';
import { formatAgo, formatDuration } from '../../format';
import { locale, mark, t, tn } from '../../i18n';
import { live } from '../../live';
import { openDialog } from '../../overlays';
import { useHeading } from '../../page';
import { route, systemPath } from '../../router';
import type { SystemRow } from '../../schema';
import { useStore, useTick } from '../../store';

const PERIOD = 15_000;
const MOST_WAITING = 256;

interface Known {
  tokens: readonly Token[];
  waiting: readonly SystemRow[];
}

/* Looked up when the page is opened, after each change, and from time to time. */
function useKnown(): { known: Known | null; problem: string | null; again: () => void } {
  const [known, setKnown] = useState<Known | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [count, setCount] = useState(0);
  const counts = useStore(live.counts);
  const open = useStore(live.link).state === 'open';
  /* The dialog that makes a token is in the address: closed, there may be one more. */
  const { query } = useStore(route);
  useEffect(() => {
    const controller = new AbortController();
    const { signal } = controller;
    Promise.all([
      listTokens(signal),
      listSystems({ filter: 'state:unconfirmed', sort: 'since' }, 0, MOST_WAITING, signal),
    ]).then(
      ([tokens, { systems }]) => {
        setKnown({ tokens, waiting: systems });
        setProblem(null);
      },
      (error: unknown) => {
        if (!signal.aborted) {
          setProblem(messageOf(error));
        }
      },
    );
    return () => controller.abort();
  }, [count, counts, open, query]);
  useEffect(() => {
    const timer = setInterval(() => setCount((before) => before + 1), PERIOD);
    return () => clearInterval(timer);
  }, []);
  return { known, problem, again: () => setCount((before) => before + 1) };
}

/* A button that asks once more, in its own place. */
function Sure(props: { text: string; sure: string; label: string; onSure: () => void }) {
  const [asked, setAsked] = useState(false);
  useEffect(() => {
    if (!asked) {
      return;
    }
    const timer = setTimeout(() => setAsked(false), 5000);
    return () => clearTimeout(timer);
  }, [asked]);
  return (
    <button
      type="button"
      class={`button ${asked ? 'bad' : 'quiet'}`}
      aria-label={`${asked ? props.sure : props.text}: ${props.label}`}
      onClick={() => (asked ? props.onSure() : setAsked(true))}
    >
      {asked ? props.sure : props.text}
    </button>
  );
}

function Waiting({ rows, again }: { rows: readonly SystemRow[]; again: () => void }) {
  if (rows.length === 0) {
    return null;
  }
  return (
    <section class="card token-card">
      <h2>{tn('{count} system waits to be confirmed', '{count} systems wait to be confirmed', rows.length)}</h2>
      <p class="soft">
        {t('They came with a token that many machines may use. Nothing is asked of them before somebody has looked at where they come from.')}
      </p>
      <ul class="token-list">
        {rows.map((row) => (
          <li key={row.id} data-system={row.id}>
            <div class="what">
              <a href={systemPath(row.id)}>
                <bdi>{row.name}</bdi>
              </a>
              <span class="soft">
                <bdi>{row.remote}</bdi>
                {row.hostname !== undefined && row.hostname !== row.name && <bdi>, {row.hostname}</bdi>}
                {', '}
                {formatAgo(Math.max(0, hubNow() - row.since))}
              </span>
            </div>
            <button
              type="button"
              class="button"
              aria-label={`${t('Confirm')}: ${row.name}`}
              onClick={() => void act(confirmSystem(row.id), t('{name} is confirmed.', { name: row.name })).then(again)}
            >
              {t('Confirm')}
            </button>
            <Sure
              text={t('Refuse')}
              sure={t('Really refuse')}
              label={row.name}
              onSure={() => void act(removeSystem(row.id), t('{name} is refused.', { name: row.name })).then(again)}
            />
          </li>
        ))}
      </ul>
    </section>
  );
}

const STATES: Readonly<Record<string, { text: string; tone: string }>> = {
  usable: { text: mark('Usable'), tone: 'good' },
  expired: { text: mark('Expired'), tone: 'rest' },
  'used up': { text: mark('Used up'), tone: 'rest' },
};

function lifeOf(token: Token): string {
  if (token.expires === undefined) {
    return t('for ever');
  }
  const left = token.expires - hubNow();
  return left > 0
    ? t('for {time} more', { time: formatDuration(Math.round(left)) })
    : t('ended {date}', { date: new Date(token.expires * 1000).toLocaleDateString(locale(), { dateStyle: 'medium' }) });
}

function usesOf(token: Token): string {
  const used = tn('{count} machine came', '{count} machines came', token.uses);
  return token.limit === undefined ? used : t('{used}, of at most {limit}', { used, limit: token.limit });
}

function TokenRow({ token, again }: { token: Token; again: () => void }) {
  const state = STATES[token.state];
  const name = token.label === '' ? t('Without a name') : token.label;
  return (
    <li data-token={token.id}>
      <div class="what">
        <bdi class="title">{name}</bdi>
        <span class="soft">
          {[
            lifeOf(token),
            usesOf(token),
            token.confirm ? t('each waits to be confirmed') : t('each is taken at once'),
          ].join(' · ')}
        </span>
      </div>
      <span class={`state ${state?.tone ?? 'rest'}`}>{state === undefined ? token.state : t(state.text)}</span>
      <Sure
        text={t('Remove')}
        sure={t('Really remove')}
        label={name}
        onSure={() => void act(removeToken(token.id), t('The token is removed; the systems that it made stay.')).then(again)}
      />
    </li>
  );
}

export function Tokens() {
  const heading = useHeading(t('Tokens'));
  const { known, problem, again } = useKnown();
  useTick(10_000);
  useEffect(() => live.watch([]), []);
  return (
    <div class="tokens">
      <a class="back" href={home}>
        <Icon name="back" />
        {t('All systems')}
      </a>
      <div class="head">
        <h1 ref={heading} tabIndex={-1}>
          {t('Tokens for many machines')}
        </h1>
        <button type="button" class="button" onClick={() => openDialog('add-token')}>
          <Icon name="add" />
          {t('Make a token')}
        </button>
      </div>
      {problem !== null && <p class="problem" role="alert">{problem}</p>}
      {known !== null && (
        <>
          <Waiting rows={known.waiting} again={again} />
          <section class="card token-card">
            <h2>{t('Universal tokens')}</h2>
            <p class="soft">
              {t('With one of these a machine makes its own system when it comes first. The hub keeps only a hash, so a token is shown once.')}
            </p>
            {known.tokens.length === 0 && <p>{t('There is none.')}</p>}
            <ul class="token-list">
              {known.tokens.map((token) => (
                <TokenRow key={token.id} token={token} again={again} />
              ))}
            </ul>
          </section>
        </>
      )}
    </div>
  );
}
