// How often the servers of a card were lost: reset because they were wedged, or ended by themselves. A model that is
// lost too often is set aside for a while, or its card would do nothing but load it. A restart of the agent forgets
// nothing of it.
import { utc } from '../process/clock.ts';
import type { Loss } from '../protocol/model-losses.ts';
import { readLosses, writeLosses } from '../store/model-losses.ts';
import type { RuntimeLimits, RuntimePorts } from './driver.ts';
import type { ModelSpec } from './runtime.ts';

type Lossy = Pick<ModelSpec, 'name' | 'split'>;

export interface Losses {
  /** At once in memory, and soon in its file. */
  note(model: string, problem: string): void;
  /** Why a model is not loaded at the moment; null when it may be. */
  asideOf(spec: Lossy): string | null;
}

export async function openLosses(ports: RuntimePorts): Promise<Losses> {
  const { store, agent, clock, limits, log } = ports;
  const nowMs = (): number => clock.wall().getTime();
  let losses = inWindow(await readLosses(store, agent), limits, nowMs());
  let written: Promise<unknown> = Promise.resolve();
  return {
    note(model, problem) {
      losses = [...inWindow(losses, limits, nowMs()), { model, at: utc(clock), problem }];
      const now = losses;
      written = written
        .then(() => writeLosses(store, agent, now))
        .catch((error: unknown) => log.warn({ err: error, model }, 'the loss cannot be written'));
    },
    asideOf: (spec) => describeAside(losses, spec, limits, nowMs()),
  };
}

/** A clock that was set back makes a loss young, never old. */
const inWindow = (losses: readonly Loss[], { lossWindowMs }: RuntimeLimits, nowMs: number) =>
  losses.filter(({ at }) => Math.max(0, nowMs - Date.parse(at)) < lossWindowMs);

/** Pure. */
export function describeAside(
  losses: readonly Loss[],
  { name, split }: Lossy,
  limits: RuntimeLimits,
  nowMs: number,
): string | null {
  const most = split === undefined ? limits.lossesMax : limits.groupLossesMax;
  const own = inWindow(losses, limits, nowMs).filter(({ model }) => model === name);
  if (own.length < most) return null;
  const untilMs = Date.parse(own.at(-most)!.at) + limits.lossWindowMs;
  const until = new Date(untilMs).toISOString();
  const times = `${own.length} times in ${limits.lossWindowMs / 1000} s`;
  return `set aside until ${until}: its server was lost ${times}, at last: ${own.at(-1)!.problem}`;
}
