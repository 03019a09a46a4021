// What the brain sees each time it looks: the two short lanes, and single names for the tasks that
// have left them. It reads no final lane and forgets nothing that it merely did not see: only a
// committed name is evidence (docs/ARCHITECTURE.md, rule 3).
import { BRAIN_AGENT } from '../protocol/ids.ts';
import { formatClaim, formatQueue } from '../protocol/lane-name.ts';
import type { ClaimName, QueueName } from '../protocol/lane-name.ts';
import { completePath, failedPath, PROCESSING, QUARANTINE, QUEUE } from '../protocol/layout.ts';
import { readAttempt } from '../store/attempts.ts';
import { finalFile } from '../store/lanes.ts';
import type { Store } from '../store/store.ts';
import type { Ended, Located, OpenBatch, World } from './model.ts';
import { setState } from './progress.ts';

const key = (name: { batch: string; task: string }): string => `${name.batch}/${name.task}`;

interface Lanes {
  readonly queue: ReadonlyMap<string, QueueName>;
  readonly claims: ReadonlyMap<string, ClaimName>;
}

/** In the order in which tasks move, so that a task on its way is seen at least once. */
async function readLanes({ disk }: Store, { readQueue, readClaims }: World): Promise<Lanes> {
  const queue = readQueue((await disk.list(QUEUE)) ?? []);
  const claims = readClaims((await disk.list(PROCESSING)) ?? []);
  return {
    queue: newestOf(queue),
    claims: newestOf(claims),
  };
}

/** By task. A lower attempt beside a higher one is a copy of an old file. */
function newestOf<Name extends QueueName>(names: readonly Name[]): ReadonlyMap<string, Name> {
  const newest = new Map<string, Name>();
  for (const name of names) {
    const known = newest.get(key(name));
    if (known === undefined || known.counts.attempt <= name.counts.attempt)
      newest.set(key(name), name);
  }
  return newest;
}

export interface Look {
  /** On the disk: whoever moved them may have been stopped before its sync. */
  readonly ended: readonly Ended[];
  /** Released tasks whose file an agent had to set aside. */
  readonly quarantined: readonly Found[];
  /** What is neither where it should be nor known to have ended. */
  readonly missing: readonly Found[];
}

export interface Found {
  readonly open: OpenBatch;
  readonly located: Located;
}

/** Brings the model up to date with the lanes and finds out how what is gone has ended. */
export async function look(store: Store, world: World): Promise<Look> {
  const ended: Ended[] = [];
  const quarantined: Found[] = [];
  const missing: Found[] = [];
  if (world.batches.size === 0) return { ended, quarantined, missing };
  const lanes = await readLanes(store, world);
  noticeStrangers(world, lanes);
  for (const open of world.batches.values()) {
    for (const located of open.outstanding.values()) {
      if (isStillThere(open, located, lanes)) continue;
      const end = await findEnd(store, open, located);
      if (end !== null) ended.push(end);
      else if (await isQuarantined(store, located)) quarantined.push({ open, located });
      else missing.push({ open, located });
    }
  }
  await settleEnds(store, ended);
  return { ended, quarantined, missing };
}

/** What follows from an end must not outlive it: a loss of power could take the one and leave the other. */
async function settleEnds(store: Store, ended: readonly Ended[]): Promise<void> {
  if (!store.isDurable) return;
  const folders = new Set(
    ended.map(({ batch, record }) =>
      record.outcome === 'complete' ? completePath(batch) : failedPath(batch),
    ),
  );
  await Promise.all([...folders].map((folder) => store.disk.syncDirectory(folder)));
}

/** Attempts that this brain does not know of: an older brain's last move, or one of its own in doubt. */
function noticeStrangers(world: World, lanes: Lanes): void {
  for (const [is, names] of [
    ['queued', lanes.queue],
    ['claimed', lanes.claims],
  ] as const) {
    for (const name of names.values()) {
      const open = world.batches.get(name.batch);
      const located = open?.byTask.get(name.task);
      if (open === undefined || located === undefined || !isNews(located, name)) continue;
      const state = { is, name } as { is: 'queued'; name: QueueName };
      setState(open, located.group, located.entry, state);
    }
  }
}

const ACTIVE: ReadonlySet<string> = new Set(['waiting', 'retrying', 'queued', 'claimed']);

/** What is listed may be older than the model: only a higher attempt is news. */
const isNews = ({ entry }: Located, { counts }: QueueName): boolean =>
  ACTIVE.has(entry.state.is) && counts.attempt > entry.counts.attempt;

function isStillThere(open: OpenBatch, { group, entry }: Located, lanes: Lanes): boolean {
  const { state } = entry;
  if (state.is !== 'queued' && state.is !== 'claimed') return true;
  const claim = lanes.claims.get(key(state.name));
  if (claim !== undefined && claim.counts.attempt === state.name.counts.attempt) {
    // Another name for the same attempt: this one, or the one that was seen before, is a copy.
    const isKnown = state.is === 'claimed' && formatClaim(state.name) === formatClaim(claim);
    if (!isKnown) setState(open, group, entry, { is: 'claimed', name: claim });
    return true;
  }
  return state.is === 'queued' && lanes.queue.has(key(state.name));
}

/** The end of the attempt that the model has at large; null when none is committed. */
export async function findEnd(
  store: Store,
  open: OpenBatch,
  { entry }: Located,
): Promise<Ended | null> {
  const { state } = entry;
  if (state.is !== 'queued' && state.is !== 'claimed') return null;
  if (state.is === 'claimed' && state.name.agent === BRAIN_AGENT) return null;
  const { id: batch, plan } = open.batch;
  const { name } = state;
  const read = await readAttempt(store, plan, batch, entry.id, name.counts.attempt);
  if (read.is !== 'ok') return null;
  const record = read.value;
  const final = finalFile({ ...name, agent: record.agent }, record.outcome);
  if ((await store.disk.stat(final)) === null) return null;
  return { batch, task: entry.id, name, record };
}

async function isQuarantined(store: Store, { entry }: Located): Promise<boolean> {
  const { state } = entry;
  if (state.is !== 'queued' && state.is !== 'claimed') return false;
  const file = state.is === 'queued' ? formatQueue(state.name) : queueNameOf(state.name);
  return (await store.disk.stat(`${QUARANTINE}/${file}`)) !== null;
}

const queueNameOf = (name: ClaimName): string =>
  formatClaim(name).replace(`.by-${name.agent}.json`, '.json');
