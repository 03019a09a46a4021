// One round: carry in what waits, bring out what the rig shows. Each step leaves both sides as they must
// be if it is the last one.
import { INBOX, STATE_FILE, SYNC } from '../../agents/protocol/layout.ts';
import { arrivingPath, MANIFEST, OUTGOING } from '../../agents/protocol/sync.ts';
import { prepareOutgoing } from '../../agents/store/outgoing.ts';
import { publish } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';
import { pullRules, summaryRules } from './rules.ts';
import { on, runRsync } from './rsync.ts';
import type { Link, RsyncEnd } from './rsync.ts';

export interface RoundEnd {
  readonly isPulled: boolean;
  /** Items without a receipt. */
  readonly pending: number;
  readonly refused: readonly string[];
  /** Why it was not a good round; null when it was. */
  readonly problem: string | null;
}

const FILTER = `${SYNC}/filter`;
const SUMMARY_FILTER = `${SYNC}/filter-summaries`;
/** Summaries that were pulled and are not in their places yet. */
const HELD = `${SYNC}/held`;
/** Where rsync writes what it receives, before the rename: whatever a killed one left is its only content. */
export const TEMPORARY = `${SYNC}/tmp`;

export async function syncOnce(store: Store, link: Link, gateway: string): Promise<RoundEnd> {
  const { refused } = await prepareOutgoing(store, gateway);
  const pushed = await push(store, link, gateway);
  // A full disk on the rig must not hide how the rig is; a place that is no shared/ must not be mirrored.
  const canPull = pushed.is !== 'failed' || (await isShared(link));
  const pulled: RsyncEnd = canPull ? await pull(store, link) : pushed;
  // Receipts have come out: what is on the rig is not carried again.
  const after = await prepareOutgoing(store, gateway);
  const problems = [pushed, pulled].filter(({ is }) => is !== 'ok').map(({ problem }) => problem);
  return {
    isPulled: pulled.is !== 'failed',
    pending: after.manifest.parcels.length,
    refused,
    problem: [...new Set(problems)].join('; ') || null,
  };
}

/**
 * The manifest goes alone, and only when everything that it lists has arrived. What the rig has taken, or
 * what was withdrawn here, is deleted from this gateway's folder over there, and nowhere else.
 */
async function push({ disk }: Store, link: Link, gateway: string): Promise<RsyncEnd> {
  const to = on(link, `${arrivingPath(gateway)}/`);
  const parcels = await runRsync(link, [
    '--perms',
    '--checksum',
    '--delete-delay',
    `--exclude=/${MANIFEST}`,
    `${disk.absolute(OUTGOING)}/`,
    to,
  ]);
  if (parcels.is !== 'ok') return parcels;
  return runRsync(link, ['--checksum', disk.absolute(`${OUTGOING}/${MANIFEST}`), to]);
}

/** `tutti up` has been there: an empty mount point has no inbox. */
const isShared = async (link: Link): Promise<boolean> =>
  (await runRsync(link, ['--list-only', on(link, `${INBOX}/`)])).is === 'ok';

/**
 * A summary that was there before everything else was listed is put in its place after everything else: a
 * batch that has ended on the gateway has all its results there.
 */
async function pull(store: Store, link: Link): Promise<RsyncEnd> {
  const { disk } = store;
  await publish(store, FILTER, pullRules());
  await publish(store, SUMMARY_FILTER, summaryRules());
  await disk.mkdir(HELD);
  const mirror = (over: Link, filter: string, from: string, to: string): Promise<RsyncEnd> =>
    runRsync(over, [
      '--links',
      '--safe-links',
      '--delete-delay',
      `--temp-dir=${disk.absolute(TEMPORARY)}`,
      `--filter=merge ${disk.absolute(filter)}`,
      from,
      `${disk.absolute(to)}/`,
    ]);
  const summaries = await mirror(link, SUMMARY_FILTER, on(link, ''), HELD);
  if (summaries.is === 'failed') return summaries;
  const others = await mirror(link, FILTER, on(link, ''), '');
  if (others.is === 'failed') return others;
  const here = { ...link, rig: disk.absolute(HELD) };
  const placed = await mirror(here, SUMMARY_FILTER, on(here, ''), '');
  return placed.is === 'failed' ? placed : others;
}

/** The brain's picture alone: whether it changes within a moment tells whether the brain lives. */
export const pullState = ({ disk }: Store, link: Link): Promise<RsyncEnd> =>
  runRsync(link, [
    `--temp-dir=${disk.absolute(TEMPORARY)}`,
    on(link, STATE_FILE),
    `${disk.absolute('brain')}/`,
  ]);
