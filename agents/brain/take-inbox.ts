// The inbox, each turn: submissions first, so that a command may name a batch that has just arrived.
import { utc } from '../process/clock.ts';
import { INBOX } from '../protocol/layout.ts';
import { receiveArrivals } from '../store/arrivals.ts';
import { listInbox } from '../store/inbox.ts';
import { accept } from './accept.ts';
import { writeDown } from './brain.ts';
import type { Brain } from './brain.ts';
import { takeCommand } from './commands.ts';
import { loadBatch } from './load.ts';
import { refuseSuperseded } from './superseded.ts';

/** Answers whether anything was taken. */
export async function lookAtInbox(brain: Brain): Promise<boolean> {
  const { effects, world } = brain;
  await receive(brain);
  const { batches, commands } = await listInbox(effects.store);
  let accepted = 0;
  for (const id of batches) {
    brain.arriving.add(id);
    const hasLeft = await acceptBatch(brain, id);
    if (hasLeft) accepted += 1;
    if (hasLeft || world.batches.has(id)) brain.arriving.delete(id);
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
  return accepted + commands.length > 0;
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
  for (const id of [...arriving].filter((each) => !inbox.includes(each))) {
    const open = world.batches.has(id) ? null : await loadBatch(effects, id);
    if (open !== null) world.batches.set(id, open);
    arriving.delete(id);
  }
}

/** Answers whether the batch has left the inbox. */
async function acceptBatch(brain: Brain, id: string): Promise<boolean> {
  const { effects, world } = brain;
  const accepted = await accept(effects, id, (type, why, more) =>
    brain.decisionLog.announce(`${INBOX}/${id}`, {
      timestamp: utc(effects.clock),
      type,
      message: `${type} ${id}: ${why}`,
      details: { batch: id, ...more },
    }),
  );
  if (accepted.is === 'pending' || accepted.is === 'elsewhere') return false;
  if (accepted.is === 'accepted' || accepted.is === 'reload') {
    const open = accepted.is === 'accepted' ? accepted.open : await loadBatch(effects, id);
    if (open === null) return false;
    world.batches.set(id, open);
  }
  return true;
}
