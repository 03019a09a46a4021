// What the brain remembers of models between two looks. It is lost with the brain and found again: nothing here
// decides what is true, only how long something has lasted. Pure.
import type { HeldModel } from '../protocol/heartbeat.ts';
import type { Failure, MetaItem, MetaVerb, ModelMemory } from './memory.ts';
import type { World } from './model.ts';
import type { AgentView } from './agent-view.ts';

/** After its end a wish is seen in a heartbeat within this many changes, or it did not last. */
const CHANGES_MAX = 3;

export const newMemory = (): ModelMemory => ({
  waitingSinceMs: new Map(),
  residentSinceMs: new Map(),
  idleSinceMs: new Map(),
  expected: new Map(),
  failures: new Map(),
  learned: new Map(),
  lent: new Map(),
  returned: new Map(),
  gatheredSinceMs: new Map(),
  goneSinceMs: new Map(),
});

export const placeKey = ({ agent, model }: Pick<MetaItem, 'agent' | 'model'>): string =>
  `${agent}/${model}`;

/** A wish has ended: what its agent's next heartbeats will say, and where not to try again for a while. */
export function noteMetaEnd(
  { memory, agents }: Pick<World, 'memory' | 'agents'>,
  item: MetaItem,
  is: MetaVerb,
  failure: Failure | null,
): void {
  const key = placeKey(item);
  if (failure !== null) {
    if (is !== 'unload_llm') memory.failures.set(key, failure);
    return;
  }
  memory.failures.delete(key);
  const state = is === 'unload_llm' ? 'cold' : 'ready';
  memory.expected.set(key, { state, mark: agents.get(item.agent)?.mark ?? '', changes: 0 });
}

/** Whoever starts an agent anew may have mended what was wrong; for the rest there is the time. */
export function keepFailures({ memory, agents }: World, nowMs: number): void {
  for (const [key, { untilMs, incarnation }] of memory.failures) {
    const now = agents.get(key.slice(0, key.indexOf('/')))?.incarnation;
    const isAnother = now !== undefined && incarnation !== null && now !== incarnation;
    if (untilMs <= nowMs || isAnother) memory.failures.delete(key);
  }
}

/** Whether a batch of wishes tells of a failure that still counts. */
export const tellsOfFailure = ({ memory }: World, batch: string, nowMs: number): boolean =>
  [...memory.failures.values()].some((each) => each.batch === batch && each.untilMs > nowMs);

/** The models of an agent, with what is known before its heartbeat. */
export function modelsOf({ agent, mark, models }: AgentView, memory: ModelMemory): HeldModel[] {
  return models.map((held) => {
    const key = placeKey({ agent, model: held.model });
    const expected = memory.expected.get(key);
    if (expected === undefined) return held;
    if (expected.mark !== mark) {
      expected.mark = mark;
      expected.changes += 1;
    }
    if (held.state !== expected.state && expected.changes < CHANGES_MAX) {
      return { ...held, state: expected.state, draining: false };
    }
    memory.expected.delete(key);
    return held;
  });
}

/** Starts a clock where something holds and has none, and stops it where it does not. */
export function keepSince(
  clocks: Map<string, number>,
  holding: ReadonlySet<string>,
  nowMs: number,
): void {
  for (const key of clocks.keys()) if (!holding.has(key)) clocks.delete(key);
  for (const key of holding) if (!clocks.has(key)) clocks.set(key, nowMs);
}

export const heldForMs = (
  clocks: ReadonlyMap<string, number>,
  key: string,
  nowMs: number,
): number => nowMs - (clocks.get(key) ?? nowMs);
