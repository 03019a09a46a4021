// `tutti sync`: rounds under a lock, one or again and again, and the record of how they went.
import { realClock, uptimeMs, utc } from '../../agents/process/clock.ts';
import { bootId, realSpawner } from '../../agents/process/spawner.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { BELL_AGENTS, BELL_BRAIN, SYNC } from '../../agents/protocol/layout.ts';
import { gatewayName } from '../../agents/protocol/sync.ts';
import type { Moment, SyncState } from '../../agents/protocol/sync.ts';
import { openDoorbell } from '../../agents/store/doorbell.ts';
import { readSyncState, writeSyncState } from '../../agents/store/gateway.ts';
import { acquireLease } from '../../agents/store/lease.ts';
import type { Lease } from '../../agents/store/lease.ts';
import { clearFolder } from '../../agents/store/outgoing.ts';
import { readBrainState } from '../../agents/store/brain-state.ts';
import type { Store } from '../../agents/store/store.ts';
import type { Shared } from '../context.ts';
import { SURE_GAP_MS } from '../look/gateway.ts';
import type { Link } from './rsync.ts';
import { pullState, syncOnce, TEMPORARY } from './round.ts';
import type { RoundEnd } from './round.ts';

export interface Sync {
  readonly store: Store;
  readonly link: Link;
  readonly lease: Lease;
  state: SyncState;
}

/** A lock that nobody renewed for so long is nobody's. */
const LOCK_MS = 10_000;

const now = (): Moment => ({ at: utc(realClock), boot_id: bootId, up_ms: uptimeMs() });

/** @throws Fault SYNC_RUNNING */
export async function openRounds({ store, settings }: Shared, link: Link): Promise<Sync> {
  const { disk } = store;
  await disk.mkdir(SYNC);
  const before = await readSyncState(disk);
  const isHolderDead = (): boolean =>
    before !== null &&
    before.host === settings.host &&
    (before.boot_id !== bootId ||
      realSpawner.identify(before.pid)?.startTime !== before.start_time);
  const lease = await acquireLease({
    disk,
    path: `${SYNC}/sync.lock`,
    subject: SYNC,
    leaseMs: LOCK_MS,
    isHolderDead,
    // Two at once do no harm to anybody's work: they waste a transfer.
    onLost: () => undefined,
  });
  if (lease === null) {
    const holder = before === null ? 'it has just begun' : `pid ${before.pid} on ${before.host}`;
    throw new Fault('SYNC_RUNNING', { path: disk.absolute(''), holder });
  }
  const isSameRig = before?.rig === link.rig;
  const state: SyncState = {
    v: 1,
    rig: link.rig,
    gateway: gatewayName(settings.host),
    pid: process.pid,
    start_time: realSpawner.identify(process.pid)?.startTime ?? '',
    boot_id: bootId,
    host: settings.host,
    pulled: isSameRig ? before.pulled : null,
    pending: before?.pending ?? 0,
    failures: 0,
    problem: null,
    refused: [],
    brain: isSameRig ? before.brain : null,
  };
  await writeSyncState(store, state);
  await clearFolder(store, TEMPORARY);
  return { store, link, lease, state };
}

/** A round and its record. Never throws for what a later round may mend. */
export async function playRound(sync: Sync): Promise<RoundEnd> {
  const { store, link, state } = sync;
  const end = await syncOnce(store, link, state.gateway);
  const { isPulled, pending, refused, problem } = end;
  const pulled = isPulled ? now() : state.pulled;
  const failures = problem === null ? 0 : state.failures + 1;
  const brain = isPulled ? await seeBrain(sync) : state.brain;
  sync.state = { ...state, pulled, pending, failures, problem, refused: [...refused], brain };
  await writeSyncState(store, sync.state);
  return end;
}

async function seeBrain({ store, state }: Sync): Promise<SyncState['brain']> {
  const picture = await readBrainState(store.disk);
  if (picture === null) return null;
  const mark = `${picture.epoch}/${picture.seq}`;
  if (mark === state.brain?.mark) return state.brain;
  const changed = now();
  const { pulled } = state;
  const isSameBoot = pulled?.boot_id === changed.boot_id;
  return { mark, changed, gap_ms: isSameBoot ? changed.up_ms - pulled.up_ms : null };
}

const PICTURE_INTERVALS = 2;

/**
 * One pull after a long time cannot tell whether the brain still lives: its picture has changed since, at
 * some time. A second look a moment later can.
 */
export async function makeSure(sync: Sync): Promise<void> {
  const { store, link, state } = sync;
  const gapMs = state.brain?.gap_ms ?? Number.POSITIVE_INFINITY;
  const isFresh = state.brain?.changed.up_ms === state.pulled?.up_ms;
  const picture = await readBrainState(store.disk);
  if (picture === null || (isFresh && gapMs < SURE_GAP_MS)) return;
  await realClock.sleep(PICTURE_INTERVALS * picture.interval_ms, link.interruption);
  if (link.interruption.aborted || (await pullState(store, link)).is !== 'ok') return;
  sync.state = { ...state, brain: await seeBrain(sync) };
  await writeSyncState(store, sync.state);
}

export interface WatchOptions {
  readonly intervalMs: number;
  readonly backoffMsMax: number;
  readonly onRound: (end: RoundEnd) => void;
}

/** Until it is interrupted. Something new in the inbox starts a round at once, unless the link is down. */
export async function syncAndWatch(
  sync: Sync,
  isNetwork: boolean,
  { intervalMs, backoffMsMax, onRound }: WatchOptions,
): Promise<void> {
  const { store, link } = sync;
  const { disk } = store;
  const { interruption } = link;
  const bells = [BELL_BRAIN, BELL_AGENTS];
  for (const bell of bells) await disk.touch(bell);
  const sources = bells.map((bell) => ({
    path: disk.absolute(bell),
    isNetwork,
    pollIntervalMs: 1000,
  }));
  const doorbell = openDoorbell(sources, realClock);
  interruption.addEventListener('abort', () => doorbell.ring());
  try {
    while (!interruption.aborted) {
      const end = await playRound(sync);
      if (interruption.aborted) break;
      onRound(end);
      const { failures } = sync.state;
      const backoffMs = Math.min(backoffMsMax, intervalMs * 2 ** Math.min(failures, 30));
      if (failures === 0) await doorbell.wait(intervalMs);
      else await realClock.sleep(Math.max(intervalMs, backoffMs), interruption);
    }
  } finally {
    await doorbell.close();
  }
}
