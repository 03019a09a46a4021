// The record of this launch, rewritten at every change (protocol/launch.ts says who reads it).
import type { LaunchRecord } from '../protocol/launch.ts';
import { utc } from '../process/clock.ts';
import type { Clock } from '../process/clock.ts';
import { bootId } from '../process/spawner.ts';
import type { Spawner } from '../process/spawner.ts';
import { writeLaunch } from '../store/launches.ts';
import type { Store } from '../store/store.ts';
import type { Ward } from './ward.ts';

const ORDER: readonly LaunchRecord['state'][] = ['running', 'stopping', 'stopped'];

export interface Picture {
  /** Resolves when what is true now stands in the file. The state never goes back. */
  write(state: LaunchRecord['state']): Promise<void>;
}

export interface PictureTools {
  readonly store: Store;
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly host: string;
}

/** Writes one after the other, and of those that come meanwhile only the newest. */
export function openPicture(tools: PictureTools, wards: readonly Ward[]): Picture {
  const me = {
    host: tools.host,
    pid: process.pid,
    start_time: tools.spawner.identify(process.pid)?.startTime ?? '',
    boot_id: bootId,
    started_at: utc(tools.clock),
  };
  let state: LaunchRecord['state'] = 'running';
  let last: Promise<void> = Promise.resolve();
  let isQueued = false;
  const writeNow = async (): Promise<void> => {
    isQueued = false;
    const processes = wards.map(({ record }) => record);
    // A picture that cannot be written (a full disk) is no reason to stop watching.
    await writeLaunch(tools.store, { v: 1, ...me, state, processes }).catch(() => undefined);
  };
  return {
    async write(now) {
      if (ORDER.indexOf(now) > ORDER.indexOf(state)) state = now;
      if (!isQueued) {
        isQueued = true;
        last = last.then(writeNow);
      }
      await last;
    },
  };
}
