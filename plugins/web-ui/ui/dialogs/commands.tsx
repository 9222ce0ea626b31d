/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What to type on the machine that is to come, by the way its agent is there. A token stands in no
 * argument: arguments are there for every local user to read. */

import { useEffect, useState } from 'preact/hooks';
import { getAddress } from '../api';
import type { Added, Address } from '../api';
import { Command } from '../controls/command';
import { Icon } from '../controls/icon';
import { Segmented } from '../controls/segmented';
import { t } from '../i18n';

type Way = 'installed' | 'clone' | 'stock';

export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function joinWords(address: Address, key: string): string {
  const url = address.public_url === '' ? address.url : address.public_url;
  const pin = address.pin === '' ? '' : ` --pin ${address.pin}`;
  return `--url ${quote(url)} --key ${quote(key)}${pin} --token-file -`;
}

export function Commands({ added }: { added: Added }) {
  const [way, setWay] = useState<Way>('installed');
  const [address, setAddress] = useState<Address | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    const controller = new AbortController();
    getAddress(controller.signal).then(setAddress, () => setFailed(!controller.signal.aborted));
    return () => controller.abort();
  }, []);
  const words = address === null ? null : joinWords(address, added.key);
  const url = address === null ? '' : address.public_url === '' ? address.url : address.public_url;
  const command = {
    installed: `sudo reevectl join ${words}`,
    clone: `./quickstart agent ${words}`,
    stock: `HUB_URL=${url}\nTOKEN=${added.token}\nKEY="${added.key}"`,
  }[way];
  return (
    <div class="stack">
      <Segmented
        name="way"
        label={t('How the agent is there')}
        value={way}
        segments={[
          { value: 'installed', label: t('Installed'), title: t('Reeve is installed there') },
          { value: 'clone', label: t('From its sources'), title: t("A clone of Reeve's sources") },
          { value: 'stock', label: t('Another agent'), title: t('A stock agent that speaks the same protocol') },
        ]}
        onChange={setWay}
      />
      {way === 'stock' ? (
        <p class="hint">{t('It takes these from its environment, best by a file that only it can read (0600):')}</p>
      ) : (
        <>
          <p class="hint">{t('The token, shown this once:')}</p>
          <Command text={added.token} block />
          <p class="hint">{t('On the machine, run this and paste the token when it asks:')}</p>
        </>
      )}
      {words !== null && <Command text={command} block />}
      {failed && <p class="problem" role="alert">{t('The hub did not say where it is reached.')}</p>}
      {address !== null && address.public_url === '' && (
        <p class="hint warn">
          <Icon name="suspect" />
          <span>
            {t('This address works on the hub\'s own machine only. For others, set listen or public-url in group [plugin front] of hub.conf.')}
          </span>
        </p>
      )}
    </div>
  );
}
