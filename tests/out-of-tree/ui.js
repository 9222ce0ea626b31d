/* reeve-ui 1 */
/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* What the plugin greeter adds to the page: a panel that says how often its agent has greeted. */

const PERIOD = 5000;

export function register(reeve) {
  const { h, hooks } = reeve;

  function Greetings({ system }) {
    const [said, setSaid] = hooks.useState(null);
    hooks.useEffect(() => {
      const controller = new AbortController();
      const ask = async () => {
        try {
          const wanted = { systems: [system.id], kinds: ['greeter.greetings'] };
          const { systems } = await reeve.api.latest(wanted, controller.signal);
          setSaid(systems[0]?.rows[0]?.values.said ?? null);
        } catch {
          /* The hub is away; what was shown stays. */
        }
      };
      ask();
      const timer = setInterval(() => !document.hidden && ask(), PERIOD);
      return () => {
        controller.abort();
        clearInterval(timer);
      };
    }, [system.id]);
    const text = said === null ? `${system.name} does not greet` : `${system.name} has greeted ${reeve.format.value(said, 'count')} times`;
    return h('p', { class: 'greeter-said', 'data-said': said }, h('bdi', null, text));
  }

  reeve.addPanel({ id: 'said', title: 'Greetings', render: Greetings });
}
