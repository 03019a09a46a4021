// People: they submit plans, and with the fault `operator` they cancel, retry, pause, stop and abort at any
// moment, by the same files that the CLI writes. In the end they resume what they paused.
import type { CommandVerb } from '../../agents/protocol/command.ts';
import { parseClaim } from '../../agents/protocol/lane-name.ts';
import { batchPath, PROCESSING } from '../../agents/protocol/layout.ts';
import type { SignalName } from '../../agents/protocol/signal.ts';
import { sendCommand, submit } from '../../agents/store/inbox.ts';
import { liftSignal, sendSignal } from '../../agents/store/signals.ts';
import { createStore } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';
import type { Dice } from './dice.ts';
import type { Simulation } from './simulation.ts';
import type { Play } from './workload.ts';

const AT = '2026-11-21T02:14:55Z';

interface Operator {
  readonly sim: Simulation;
  readonly store: Store;
  readonly commandId: () => string;
  readonly dice: Dice;
  /** Notes what it does. */
  readonly say: (text: string) => void;
}

/** One call of the CLI. It ends with its host: what it had staged may be gone, and it must not go on. */
async function call(
  sim: Simulation,
  name: string,
  act: (store: Store) => Promise<void>,
): Promise<void> {
  const host = sim.hosts[0]!;
  const life = sim.lifeOf(name, host);
  const play = async (): Promise<void> => {
    const disk = sim.diskFor(life, host, sim.dice, null);
    for (const path of ['inbox/.staging', 'bells', 'signals/done']) await disk.mkdir(path);
    const isDurable = sim.config.durability === 'full';
    await act(createStore(disk, isDurable, 'inbox/.staging', sim.dice.text(8)));
  };
  const cut = new Promise<void>((resolve) => sim.calls.set(life, resolve));
  try {
    await Promise.race([play(), cut]);
  } catch (error) {
    // A loss of power may have taken the folders that it writes to.
    sim.trace.note(name, String(error));
  }
  sim.calls.delete(life);
}

export function scheduleOperators(sim: Simulation): void {
  for (const play of sim.plays) void submitLater(sim, play);
  if (sim.faults.has('operator')) void interfere(sim);
}

/** Like a person whose terminal goes down with the power: who looks whether it is there, and tries again. */
async function submitLater(sim: Simulation, play: Play): Promise<void> {
  const { plan, batch, text, submitMs } = play;
  const { clock } = sim.lifeOf('submitter', sim.hosts[0]!);
  await clock.sleep(submitMs);
  const isThere = (): boolean =>
    [`inbox/${batch}`, batchPath(plan, batch)].some((path) => sim.tree.find(path) !== undefined);
  const about = { v: 1, id: batch, plan, config: {}, priority: 5 } as const;
  while (!isThere()) {
    await call(sim, 'submitter', (store) =>
      submit(store, { ...about, submitted_at: AT, submitted_by: 'test' }, text),
    );
    await clock.sleep(500);
  }
}

async function interfere(sim: Simulation): Promise<void> {
  const { faults, timeline, trace } = sim;
  const { clock } = sim.lifeOf('operator', sim.hosts[0]!);
  const ids = countIds(sim);
  const attempt = (act: (operator: Operator) => Promise<void>, key: string): Promise<void> => {
    const say = (text: string): void => trace.incident('operator', key, `an operator ${text}`);
    const dice = faults.diceFor(`operator ${key}`);
    return call(sim, 'operator', (store) => act({ sim, store, commandId: ids, dice, say }));
  };
  const dice = faults.diceFor('operators');
  for (let acts = dice.between(1, 6); acts > 0; acts--) {
    await clock.sleep(dice.next() * 0.4 * faults.untilMs);
    const act = dice.pick([
      command,
      command,
      command,
      signalTask,
      signalTask,
      pauseAgent,
      stopAgent,
    ]);
    if (timeline.nowMs > faults.untilMs) break;
    const key = `operator ${acts}`;
    if (faults.allows(key)) await attempt(act, key);
  }
  await clock.sleep(Math.max(0, faults.untilMs - timeline.nowMs));
  await attempt(resumeAll, 'resume');
}

async function resumeAll(operator: Operator): Promise<void> {
  const { sim, store } = operator;
  for (const { batch } of sim.plays) await send(operator, 'resume', batch);
  for (const { name: agent } of sim.agents) await liftSignal(store, { agent, verb: 'pause' });
}

/** Ids that grow, as those of the CLI do with time. */
function countIds({ dice }: Simulation): () => string {
  let serial = 100_000_000;
  return () => `20261121-${serial++}-${dice.text(5)}`;
}

async function send(
  operator: Operator,
  verb: CommandVerb,
  batch: string,
  more: object = {},
): Promise<void> {
  operator.say(`sends ${verb} ${batch} ${JSON.stringify(more)}`);
  const id = operator.commandId();
  await sendCommand(operator.store, { v: 1, id, verb, batch, at: AT, by: 'test', ...more });
}

async function command(operator: Operator): Promise<void> {
  const { dice } = operator;
  const play = dice.pick(operator.sim.plays);
  const verb = dice.pick(['cancel', 'retry', 'retry', 'pause', 'resume'] as const);
  const task = dice.pick([...play.expected.keys()]);
  const isSingle = (verb === 'cancel' || verb === 'retry') && dice.chance(0.6);
  const more = verb === 'retry' ? { descendants: dice.chance(0.5) } : {};
  await send(
    operator,
    verb,
    play.batch,
    isSingle && task !== 'batch_summary' ? { ...more, task } : more,
  );
}

async function signal({ say, store }: Operator, name: SignalName): Promise<void> {
  say(`signals ${JSON.stringify(name)}`);
  await sendSignal(store, name, { v: 1, by: 'operator', reason: 'the test says so', at: AT });
}

async function signalTask(operator: Operator): Promise<void> {
  const { sim, dice } = operator;
  const claims = (sim.tree.list(PROCESSING) ?? []).flatMap((file) => parseClaim(file) ?? []);
  const ours = new Set(sim.plays.map(({ batch }) => batch));
  const claim = claims.find(({ agent, batch }) => agent !== 'brain' && ours.has(batch));
  if (claim === undefined) return;
  const { agent, batch, task, counts } = claim;
  await signal(operator, {
    agent,
    verb: dice.pick(['abort', 'kill']),
    batch,
    task,
    attempt: counts.attempt,
  });
}

const pauseAgent = (operator: Operator): Promise<void> => {
  const { name: agent } = operator.dice.pick(operator.sim.agents);
  return signal(operator, { agent, verb: 'pause' });
};

const stopAgent = (operator: Operator): Promise<void> => {
  const { name: agent } = operator.dice.pick(operator.sim.agents);
  return signal(operator, { agent, verb: operator.dice.pick(['stop', 'stop_now']) });
};
