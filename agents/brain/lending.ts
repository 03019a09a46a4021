// Carries out what was decided about cards of groups: a signal file is put beside an agent's card, or taken away.
import { utc } from '../process/clock.ts';
import { BELL_AGENTS } from '../protocol/layout.ts';
import { liftSignal, sendSignal } from '../store/signals.ts';
import type { Brain } from './brain.ts';
import type { Decision } from './decisions.ts';

export async function lendCard(
  { effects, world }: Brain,
  { agent, owner, model, reason }: Extract<Decision, { is: 'lend' }>,
): Promise<boolean> {
  const { store, clock } = effects;
  const at = utc(clock);
  const lent_to = { agent: owner, model };
  await sendSignal(store, { agent, verb: 'lend' }, { v: 1, by: 'brain', reason, at, lent_to });
  world.memory.lent.set(agent, { owner, model, at, atMs: clock.monotonicMs() });
  return true;
}

export async function takeCardBack(
  { effects, world }: Brain,
  { agent }: Extract<Decision, { is: 'take_back' }>,
): Promise<boolean> {
  const { store } = effects;
  const { memory } = world;
  await liftSignal(store, { agent, verb: 'lend' });
  await store.disk.touch(BELL_AGENTS);
  // Its heartbeat goes on telling of it for a moment.
  const at = memory.lent.get(agent)?.at;
  if (at !== undefined) memory.returned.set(agent, at);
  memory.lent.delete(agent);
  return true;
}
