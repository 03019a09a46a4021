// The inbox, each turn: submissions first, so that a command may name a batch that has just arrived.
import { utc } from '../process/clock.ts';
import { INBOX } from '../protocol/layout.ts';
import { receiveArrivals } from '../store/arrivals.ts';
import { listInbox } from '../store/inbox.ts';
import { accept } from './accept.ts';
import type { Accepted } from './arrival.ts';
import { writeDown } from './brain.ts';
import type { Brain } from './brain.ts';
import { takeCommand } from './commands.ts';
import { loadBatch } from './load.ts';
import type { Steps } from './steps.ts';
import { refuseSuperseded } from './superseded.ts';

/** Answers whether there is more to do at once. */
export async function lookAtInbox(brain: Brain): Promise<boolean> {
  const { effects, world, arriving } = brain;
  await receive(brain);
  const { batches, commands } = await listInbox(effects.store);
  let stepsLeft = effects.policy.config.brain.acceptStepsMax;
  for (const id of batches) {
    // A long plan keeps no short one behind it waiting.
    const { steps, hasLeft } = await goOn(brain, id, Math.max(1, stepsLeft));
    stepsLeft -= steps;
    if (hasLeft || world.batches.has(id)) arriving.delete(id);
  }
  await loadArrived(brain, batches);
  for (const id of commands) {
    await refuseSuperseded(brain);
    await takeCommand(effects, world, id, async (type, message, command) => {
      const details = command === null ? { id } : { ...command };
      const open = world.batches.get(command?.batch ?? '') ?? null;
      await writeDown(brain, [[open, { timestamp: utc(effects.clock), type, message, details }]]);
    });
  }
  return [...arriving.values()].some((arrival) => arrival !== null && arrival.pause !== 'waiting');
}

/** Before a clean stop: what lies in staging gets to its place. */
export async function finishStaged(brain: Brain): Promise<void> {
  for (const [id, arrival] of brain.arriving) {
    if (arrival?.pause === 'writing') await goOn(brain, id, Number.POSITIVE_INFINITY);
  }
}

/** What gateways have carried here joins what was submitted on this side. */
async function receive(brain: Brain): Promise<void> {
  const { store, clock } = brain.effects;
  const timestamp = utc(clock);
  const arrivals = await receiveArrivals(store, timestamp);
  if (arrivals.length === 0) return;
  await writeDown(
    brain,
    arrivals.map(({ key, problems }) => {
      const why = problems.length === 0 ? '' : `; not replaced: ${problems.join(', ')}`;
      const message = `receive ${key} from a gateway${why}`;
      return [null, { timestamp, type: 'receive', message, details: { parcel: key } }];
    }),
  );
}

/** Those whose acceptance seemed to fail and that have left the inbox all the same. */
async function loadArrived(
  { arriving, effects, world }: Brain,
  inbox: readonly string[],
): Promise<void> {
  for (const id of [...arriving.keys()].filter((each) => !inbox.includes(each))) {
    const open = world.batches.has(id) ? null : await loadBatch(effects, id);
    if (open !== null) world.batches.set(id, open);
    arriving.delete(id);
  }
}

/** Goes on with an acceptance; answers how many steps it took, and whether the batch has left the inbox. */
async function goOn(
  brain: Brain,
  id: string,
  stepsMax: number,
): Promise<{ readonly steps: number; readonly hasLeft: boolean }> {
  const { arriving } = brain;
  const steps = arriving.get(id)?.steps ?? begin(brain, id);
  arriving.set(id, null);
  for (let count = 1; ; count++) {
    const step = await steps.next();
    if (step.done === true) return { steps: count, hasLeft: await take(brain, id, step.value) };
    if (count < stepsMax && step.value !== 'waiting') continue;
    arriving.set(id, { steps, pause: step.value });
    return { steps: count, hasLeft: false };
  }
}

const begin = ({ effects, decisionLog }: Brain, id: string): Steps<Accepted> =>
  accept(effects, id, (type, why, more) =>
    decisionLog.announce(`${INBOX}/${id}`, {
      timestamp: utc(effects.clock),
      type,
      message: `${type} ${id}: ${why}`,
      details: { batch: id, ...more },
    }),
  );

/** Answers whether the batch has left the inbox. */
async function take({ effects, world }: Brain, id: string, accepted: Accepted): Promise<boolean> {
  if (accepted.is === 'elsewhere') return false;
  if (accepted.is === 'accepted' || accepted.is === 'reload') {
    const isWhole = accepted.is === 'accepted';
    const open = isWhole ? accepted.open : await loadBatch(effects, id, accepted.plan);
    if (open === null) return false;
    world.batches.set(id, open);
  }
  return true;
}
