/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the viewer may choose. Each choice holds at once, in this browser. */

import { Dialog } from '../controls/dialog';
import { mark, t } from '../i18n';
import { LANGUAGES } from '../languages';
import { changeSettings, DEFAULTS, settings } from '../settings';
import type { Settings } from '../settings';
import { useStore } from '../store';

interface Choice<K extends keyof Settings> {
  value: Settings[K];
  text: string;
}

function Select<K extends keyof Settings>(props: {
  name: K;
  label: string;
  choices: readonly Choice<K>[];
}) {
  const current = useStore(settings)[props.name];
  return (
    <label class="row">
      <span>{props.label}</span>
      <select
        class="field"
        data-setting={props.name}
        value={String(current)}
        onChange={(event) => {
          const chosen = props.choices.find((one) => String(one.value) === event.currentTarget.value);
          if (chosen !== undefined) {
            changeSettings({ [props.name]: chosen.value });
          }
        }}
      >
        {props.choices.map((one) => (
          <option key={String(one.value)} value={String(one.value)}>
            {one.text}
          </option>
        ))}
      </select>
    </label>
  );
}

/* The two shares push one another along, so that the order of the two always holds. */
function Threshold({ name, label }: { name: 'warn' | 'critical'; label: string }) {
  const current = useStore(settings);
  const change = (share: number): void => {
    if (name === 'warn') {
      changeSettings({ warn: share, critical: Math.max(share, current.critical) });
    } else {
      changeSettings({ critical: share, warn: Math.min(share, current.warn) });
    }
  };
  return (
    <label class="row">
      <span>{label}</span>
      <span class="threshold">
        <input
          type="range"
          data-setting={name}
          min={5}
          max={100}
          step={1}
          value={Math.round(current[name] * 100)}
          aria-valuetext={`${Math.round(current[name] * 100)} %`}
          onInput={(event) => change(Number(event.currentTarget.value) / 100)}
        />
        <output>{Math.round(current[name] * 100)} %</output>
      </span>
    </label>
  );
}

const THEMES: readonly Choice<'theme'>[] = [
  { value: 'auto', text: mark('As the desktop') },
  { value: 'light', text: mark('Light') },
  { value: 'dark', text: mark('Dark') },
];

const LAYOUTS: readonly Choice<'layout'>[] = [
  { value: 'auto', text: mark('By width') },
  { value: 'table', text: mark('Table') },
  { value: 'cards', text: mark('Cards') },
];

const CLOCKS: readonly Choice<'clock'>[] = [
  { value: 'auto', text: mark('As the language has it') },
  { value: '24', text: mark('24 hours') },
  { value: '12', text: mark('12 hours') },
];

function translated<K extends keyof Settings>(choices: readonly Choice<K>[]): Choice<K>[] {
  return choices.map((one) => ({ ...one, text: t(one.text) }));
}

export function SettingsDialog() {
  const languages = [
    { value: 'auto' as const, text: t('As the browser') },
    ...Object.entries(LANGUAGES).map(([value, text]) => ({ value: value as Settings['language'], text })),
  ];
  return (
    <Dialog title={t('Settings')}>
      <div class="rows">
        <h3>{t('Looks')}</h3>
        <Select name="language" label={t('Language')} choices={languages} />
        <Select name="theme" label={t('Colours')} choices={translated(THEMES)} />
        <Select name="layout" label={t('Systems as')} choices={translated(LAYOUTS)} />
        <h3>{t('Units')}</h3>
        <Select
          name="temperature"
          label={t('Temperature')}
          choices={[
            { value: 'celsius', text: '°C' },
            { value: 'fahrenheit', text: '°F' },
          ]}
        />
        <Select
          name="rates"
          label={t('Rates')}
          choices={[
            { value: 'bytes', text: t('Bytes per second') },
            { value: 'bits', text: t('Bits per second') },
          ]}
        />
        <Select
          name="prefixes"
          label={t('A kilo of bytes is')}
          choices={[
            { value: 1024, text: '1024 (KiB)' },
            { value: 1000, text: '1000 (kB)' },
          ]}
        />
        <Select name="clock" label={t('Clock')} choices={translated(CLOCKS)} />
        <h3>{t('Shares such as CPU, memory and disk')}</h3>
        <Threshold name="warn" label={t('Worth a look from')} />
        <Threshold name="critical" label={t('Bad from')} />
      </div>
      <div class="actions">
        <p class="hint grow">{t('These are kept in this browser.')}</p>
        <button type="button" class="button quiet" onClick={() => changeSettings(DEFAULTS)}>
          {t('Reset all')}
        </button>
      </div>
    </Dialog>
  );
}
