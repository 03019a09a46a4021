// How two runs of `tutti doctor --peer` find one another through the directory alone: each publishes a
// number that grows, and takes whoever else's number grows for alive. The one whose name sorts first asks.
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
const NUMBER_BYTES_MAX = 20;

/** Null when nobody came in time. */
export async function findPeer(
  disk: Disk,
  me: string,
  waitMs: number,
  signal: AbortSignal,
): Promise<Match | null> {
  const store = createStore(disk, false, `${PLACE}/staging`, me);
  for (const folder of [PEERS, `${PLACE}/staging`]) await disk.mkdir(folder);
  const numbers = new Map<string, string>();
  const endMs = realClock.monotonicMs() + waitMs;
  for (let number = 0; realClock.monotonicMs() < endMs; number++) {
    signal.throwIfAborted();
    await publish(store, `${PEERS}/${me}`, `${number}`);
    for (const name of await listFresh(store, PEERS)) {
      if (name === me || name.startsWith('.')) continue;
      const text = await disk.read(`${PEERS}/${name}`, NUMBER_BYTES_MAX);
      const before = numbers.get(name);
      if (text !== null) numbers.set(name, text);
      // What never changes was left by a run that was killed.
      if (text === null || before === undefined || before === text) continue;
      const [first, second] = [me, name].toSorted();
      return { role: first === me ? 'first' : 'second', folder: `${PLACE}/${first}+${second}` };
    }
    await realClock.sleep(INTERVAL_MS, signal);
  }
  return null;
}

export const leavePeers = (disk: Disk, me: string): Promise<void> => disk.unlink(`${PEERS}/${me}`);
