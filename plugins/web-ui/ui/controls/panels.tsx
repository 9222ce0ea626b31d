/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Panels and pages of plugins, where they stand. One that throws is replaced by a line that says so. */

import { Component } from 'preact';
import type { ComponentChildren } from 'preact';
import { t } from '../i18n';
import type { PanelSystem } from '../module-types';
import { modules } from '../module-store';
import { useStore } from '../store';
import { Icon } from './icon';

export class Guard extends Component<{ plugin: string; children: ComponentChildren }, { problem: string | null }> {
  override state = { problem: null };

  static override getDerivedStateFromError(error: unknown) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }

  override render() {
    const { problem } = this.state;
    return problem === null ? this.props.children : <ModuleProblem plugin={this.props.plugin} problem={problem} />;
  }
}

export function ModuleProblem({ plugin, problem }: { plugin: string; problem: string }) {
  return (
    <p class="module-problem" role="alert" data-problem={plugin}>
      <Icon name="suspect" />
      <span>
        {t('What the plugin “{plugin}” adds to this page does not work: {problem}', { plugin, problem })}
      </span>
    </p>
  );
}

/* Those of `kind` that have not found their place yet, or, without, those of no kind. */
export function Panels({ system, kind, drawn }: { system: PanelSystem; kind: string | null; drawn: readonly string[] }) {
  const { panels } = useStore(modules);
  const here = panels.filter((panel) => (panel.kinds?.find((one) => drawn.includes(one)) ?? null) === kind && (kind !== null || panel.kinds === undefined));
  return (
    <>
      {here.map(({ plugin, id, title, render: Render }) => (
        <section key={`${plugin}/${id}`} class="card module-panel" data-panel={`${plugin}/${id}`}>
          <h3>{t(title)}</h3>
          <Guard plugin={plugin}>
            <Render system={system} />
          </Guard>
        </section>
      ))}
    </>
  );
}

export function ModuleProblems() {
  const { problems } = useStore(modules);
  return (
    <>
      {problems.map(({ plugin, problem }) => (
        <div key={plugin} class="card module-panel">
          <ModuleProblem plugin={plugin} problem={problem} />
        </div>
      ))}
    </>
  );
}
