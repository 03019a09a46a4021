// How two runs of `tutti doctor --peer` find one another through the directory alone: each publishes a
// number that grows, and takes whoever else's number grows for alive. Whoever has made a choice says whom it
// chose, and keeps saying it: the other one may have missed every number before. The one whose name sorts first
// asks.
import { realClock } from '../../agents/process/clock.ts';
import type { Disk } from '../../agents/store/disk.ts';
import { createStore, listFresh, publish } from '../../agents/store/store.ts';
import { PLACE } from './meeting.ts';
import type { Role } from './meeting.ts';

export interface Match {
  readonly role: Role;
  readonly folder: string;
}

const PEERS = `${PLACE}/peers`;
const INTERVAL_MS = 300;
const TEXT_BYTES_MAX = 300;

/** Null when nobody came in time. */
export async function findPeer(
  disk: Disk,
  me: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<Match | null> {
  const store = createStore(disk, false, `${PLACE}/staging`, me);
  for (const folder of [PEERS, `${PLACE}/staging`]) await disk.mkdir(folder);
  const seen = new Map<string, string>();
  const endMs = realClock.monotonicMs() + waitMs;
  for (let number = 0; realClock.monotonicMs() < endMs; number++) {
    signal.throwIfAborted();
    await publish(store, `${PEERS}/${me}`, `${number}`);
    for (const name of await listFresh(store, PEERS)) {
      if (name === me || name.startsWith('.')) continue;
      const text = await disk.read(`${PEERS}/${name}`, TEXT_BYTES_MAX);
      if (text === null || !isReady(text, seen.get(name), me)) {
        if (text !== null) seen.set(name, text);
        continue;
      }
      await publish(store, `${PEERS}/${me}`, `${number + 1} ${name}`);
      const [first, second] = [me, name].toSorted();
      return { role: first === me ? 'first' : 'second', folder: `${PLACE}/${first}+${second}` };
    }
    await realClock.sleep(INTERVAL_MS, signal);
  }
  return null;
}

/** What names nobody and never changes was left by a run that was killed; nobody else's name is ever this run's. */
function isReady(text: string, before: string | undefined, me: string): boolean {
  const [, chosen] = text.split(' ');
  if (chosen !== undefined) return chosen === me;
  return before !== undefined && before !== text;
}

export const leavePeers = (disk: Disk, me: string): Promise<void> => disk.unlink(`${PEERS}/${me}`);
