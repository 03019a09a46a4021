// Launch: holds the place of this host, starts the brain and the agents or adopts living ones, watches
// over them until it is asked to stop or until nothing is left to watch. It deletes nothing, and its own
// death ends nobody.
import { DIRECTORIES, BELL_AGENTS, BELL_BRAIN } from '../protocol/layout.ts';
import { PROCESS_LOGS } from '../protocol/launch.ts';
import type { Clock } from '../process/clock.ts';
import { EXIT } from '../process/shutdown.ts';
import type { Shutdown } from '../process/shutdown.ts';
import type { Settings } from '../process/settings.ts';
import type { Spawner } from '../process/spawner.ts';
import { acquireLaunchLock } from '../store/launches.ts';
import type { Store } from '../store/store.ts';
import type { Charge } from './charges.ts';
import { openPicture } from './picture.ts';
import { cutLog } from './process-log.ts';
import { openStopAsk, stopAll } from './stop.ts';
import { findSurvivors, isAlive } from './survivors.ts';
import { openWard } from './ward.ts';
import type { Ward, WardTools } from './ward.ts';

const LOG_CHECK_INTERVAL_MS = 5000;

export interface LaunchRequest {
  readonly settings: Settings;
  readonly store: Store;
  readonly charges: readonly Charge[];
  readonly commandOf: WardTools['commandOf'];
  readonly spawner: Spawner;
  readonly clock: Clock;
  readonly shutdown: Shutdown;
  readonly say: (name: string, text: string) => void;
}

/** Every directory and bell of an empty `shared/`. What is there stays as it is. */
export async function prepareShared({ disk }: Store): Promise<void> {
  for (const directory of [...DIRECTORIES, PROCESS_LOGS]) await disk.mkdir(directory);
  for (const bell of [BELL_BRAIN, BELL_AGENTS]) {
    if ((await disk.stat(bell)) === null) await disk.touch(bell);
  }
}

/** Answers the exit code. @throws Fault LAUNCH_RUNNING */
export async function supervise(request: LaunchRequest): Promise<number> {
  const { store, spawner, clock, charges, shutdown, say } = request;
  const { host, config } = request.settings;
  await prepareShared(store);
  const alive = (who: Parameters<typeof isAlive>[1]): boolean => isAlive(spawner, who);
  const lock = await acquireLaunchLock(store, host, alive, clock);
  try {
    const survivors = await findSurvivors(store, host, charges, spawner);
    const stopping = new AbortController();
    const wards: Ward[] = [];
    const picture = openPicture({ ...request, host }, wards);
    await picture.write('running');
    const onChange = (): void => void picture.write('running');
    const tools: WardTools = { ...request, host, config, onChange, stopping: stopping.signal };
    for (const charge of charges) wards.push(openWard(charge, survivors.get(charge.name), tools));

    const idle = new AbortController();
    void Promise.all(wards.map(({ finished }) => finished)).then(() => idle.abort());
    const ask = openStopAsk(shutdown, stopping);
    const over = AbortSignal.any([idle.signal, stopping.signal]);
    while (!over.aborted) {
      await clock.sleep(LOG_CHECK_INTERVAL_MS, over);
      for (const { record } of wards) {
        await cutLog(store, record.log, config.log.processLogBytesMax).catch(() => undefined);
      }
    }
    await picture.write('stopping');
    const { stopTimeoutMs } = config.launch;
    const left = stopping.signal.aborted
      ? await stopAll(wards, ask, { clock, stopTimeoutMs, say })
      : [];
    for (const name of left) say(name, 'does not end, not even by KILL: look at it with ps');
    await picture.write('stopped');
    return stopping.signal.aborted
      ? left.length === 0
        ? EXIT.ok
        : EXIT.failed
      : exitCodeOf(wards);
  } finally {
    await lock.release();
  }
}

/** When nothing is left to watch: given up is worse than refused, refused is worse than stopped. */
function exitCodeOf(wards: readonly Ward[]): number {
  if (wards.some(({ record }) => record.state === 'gave_up')) return EXIT.failed;
  const refused = wards.find(({ record }) => record.state === 'refused');
  return refused?.lastCode ?? EXIT.ok;
}
