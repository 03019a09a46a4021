// One look at shared/, as the record of `tutti status`.
import { realClock } from '../../agents/process/clock.ts';
import { newestEpoch } from '../../agents/store/epoch.ts';
import { readSyncState } from '../../agents/store/gateway.ts';
import { readBrainState } from '../../agents/store/brain-state.ts';
import { readPicture } from '../../agents/store/picture.ts';
import { readClosed } from '../../agents/store/picture/batches.ts';
import type { Picture } from '../../agents/store/picture/model.ts';
import type { Store } from '../../agents/store/store.ts';
import type { Shared } from '../context.ts';
import { ageOf, judgeFromGateway } from './gateway.ts';
import { openBrainWatch } from './liveness.ts';
import type { BrainView, BrainWatch } from './liveness.ts';
import { buildStatus } from '../records/build.ts';
import type { Observer } from '../records/build.ts';
import type { StatusRecord, SyncRecord } from '../records/status.ts';

const CLOSED_SHOWN = 5;

export interface Looked {
  readonly picture: Picture;
  readonly observer: Observer;
  readonly status: StatusRecord;
}

export interface Looker {
  /** `wait`: give a brain on another host the time to show that it lives. */
  look(options: { readonly wait: boolean; readonly closedMax?: number }): Promise<Looked>;
}

export function openLooker(shared: Shared): Looker {
  const { settings, mount, store } = shared;
  const watch = openBrainWatch(settings.host, realClock);
  return {
    async look({ wait, closedMax = CLOSED_SHOWN }) {
      const picture = await readPicture(store, settings.config.retry);
      const sync = await readSyncRecord(shared);
      const brain =
        sync === null
          ? await judge(watch, picture, store, wait)
          : judgeFromGateway(sync.state, picture.state, picture.epoch, sync.ageMs);
      const observer: Observer = {
        // Nothing of a rig runs on its gateway.
        host: sync === null ? settings.host : '',
        clock: realClock,
        brain,
        state: picture.state,
        absolute: (path) => store.disk.absolute(path),
      };
      const place = { shared: mount.root, mount: mount.type, network: mount.isNetwork };
      const closed = await readClosed(store.disk, closedMax);
      const status = buildStatus(place, picture, closed, observer);
      return { picture, observer, status: { ...status, sync: sync?.record ?? null } };
    },
  };
}

/** Null where there is no gap. */
async function readSyncRecord({ settings, store }: Shared) {
  const state = await readSyncState(store.disk);
  if (state === null) return null;
  const { rig, pulled, pending, failures, problem, refused } = state;
  const ageMs = pulled === null ? null : ageOf(pulled, state, settings.host, realClock);
  const record: SyncRecord = { rig, pulled_age_ms: ageMs, pending, failures, problem, refused };
  return { state, ageMs, record };
}

const LOOK_AGAIN_MS = 100;

async function judge(
  watch: BrainWatch,
  picture: Pick<Picture, 'state' | 'epoch'>,
  store: Store,
  wait: boolean,
): Promise<BrainView> {
  let state = picture.state;
  let view = watch.look(state, picture.epoch);
  if (!wait) return view;
  const untilMs = realClock.monotonicMs() + 3 * (state?.interval_ms ?? 0);
  while (view.state === 'unknown' && state !== null && realClock.monotonicMs() < untilMs) {
    await realClock.sleep(LOOK_AGAIN_MS);
    state = await readBrainState(store.disk);
    view = watch.look(state, picture.epoch);
  }
  return view;
}

/** Whether somebody is there to take a submission or a command. */
export async function readBrain(shared: Shared): Promise<BrainView> {
  const { settings, store } = shared;
  const watch = openBrainWatch(settings.host, realClock);
  const state = await readBrainState(store.disk);
  const picture = { state, epoch: await newestEpoch(store) };
  const sync = await readSyncRecord(shared);
  if (sync !== null) return judgeFromGateway(sync.state, state, picture.epoch, sync.ageMs);
  return judge(watch, picture, store, true);
}
