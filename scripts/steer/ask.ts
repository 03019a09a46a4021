// Gives the brain a command (cancel, retry, pause, resume) and waits a moment for its answer: a taken
// command lies in the batch's `commands/`, a refused one in quarantine with the reason beside it.
import { realClock, realRandom, utc } from '../../agents/process/clock.ts';
import { COMMAND_SUFFIX } from '../../agents/protocol/command.ts';
import type { Command } from '../../agents/protocol/command.ts';
import { batchPath, QUARANTINE } from '../../agents/protocol/layout.ts';
import { readSyncState } from '../../agents/store/gateway.ts';
import { sendCommand } from '../../agents/store/inbox.ts';
import { findBatch } from '../../agents/store/picture/batches.ts';
import type { Shared } from '../context.ts';
import { whoAmI } from '../submit/who.ts';

const ANSWER_MS = 5000;
const LOOK_AGAIN_MS = 50;

export type Answer =
  | { readonly is: 'taken' }
  | { readonly is: 'refused'; readonly reason: string }
  /** Nobody has looked: it is taken as soon as a brain works here, or the sync has carried it to the rig. */
  | { readonly is: 'pending'; readonly rig: string | null };

export type Request = Pick<Command, 'verb' | 'batch' | 'task' | 'descendants'>;

/** Sorts by time, as commands of one batch are folded in the order of their ids. */
function newCommandId(): string {
  const at = realClock
    .wall()
    .toISOString()
    .replaceAll(/[-:.Z]/g, '');
  return `${at.slice(0, 8)}-${at.slice(9)}-${realRandom.text(5)}`;
}

export async function ask({ store, settings }: Shared, request: Request): Promise<Answer> {
  const { disk } = store;
  const id = newCommandId();
  const by = whoAmI(settings.host);
  await sendCommand(store, { v: 1, id, ...request, at: utc(realClock), by });
  const sync = await readSyncState(disk);
  if (sync !== null) return { is: 'pending', rig: sync.rig };
  const untilMs = realClock.monotonicMs() + ANSWER_MS;
  while (realClock.monotonicMs() < untilMs) {
    const place = await findBatch(disk, request.batch);
    if (place !== null) {
      const taken = `${batchPath(place.plan, place.batch)}/commands/${id}.json`;
      if ((await disk.stat(taken)) !== null) return { is: 'taken' };
    }
    const reason = await readRefusal(
      store.disk,
      `${QUARANTINE}/${id}${COMMAND_SUFFIX}.reason.json`,
    );
    if (reason !== null) return { is: 'refused', reason };
    await realClock.sleep(LOOK_AGAIN_MS);
  }
  return { is: 'pending', rig: null };
}

async function readRefusal(disk: Shared['store']['disk'], path: string): Promise<string | null> {
  const text = await disk.read(path, 65_536);
  if (text === null) return null;
  const { reason } = JSON.parse(text) as { reason?: string };
  return reason ?? 'no reason was given';
}
