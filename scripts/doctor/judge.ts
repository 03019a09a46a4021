// What measured figures mean for tutti: which lease is safe, which mount options are missing. Pure.
import type { Config } from '../../agents/protocol/config.ts';
import type { MountFacts, Room } from '../../agents/store/mount-facts.ts';
import { ok, refused, warning } from './check.ts';
import type { Check } from './check.ts';
import { KINDS } from './visibility.ts';
import type { Visibility } from './visibility.ts';

/** A mount that loses no write and forgets soon what it saw. */
const NFS_OPTIONS: readonly string[] = [
  'vers=4.2',
  'hard',
  'lookupcache=positive',
  'acdirmin=1',
  'acdirmax=3',
];
/** nfs(5): how long a directory may be believed where no option says so. */
const NFS_MEMORY_S = 60;

const isNfs = (mount: MountFacts | null): mount is MountFacts =>
  mount !== null && /^nfs4?$/.test(mount.type);

/** What to mount with; null where no option is better than another. */
export const mountLineOf = (mount: MountFacts | null): string | null =>
  isNfs(mount) ? `mount -t nfs -o ${NFS_OPTIONS.join(',')} ${mount.source} ${mount.point}` : null;

const secondsOf = (options: readonly string[], key: string): number | null => {
  const text = options.find((option) => option.startsWith(`${key}=`))?.slice(key.length + 1);
  return text === undefined ? null : Number(text);
};

/** How long the options let a client believe what it saw of a directory; null where they do not tell. */
export function memoryMsOf(mount: MountFacts | null): number | null {
  if (!isNfs(mount)) return null;
  if (mount.options.includes('noac')) return 0;
  return 1000 * (secondsOf(mount.options, 'acdirmax') ?? NFS_MEMORY_S);
}

/** The kernel shows `lookupcache=positive` shortened. */
const spelled = (option: string): string =>
  option === 'lookupcache=pos' ? 'lookupcache=positive' : option;

/** After a loss of power these may hold half of a rename, or nothing. */
const WITHOUT_JOURNAL = new Set(['ext2', 'vfat', 'msdos', 'exfat', 'tmpfs', 'ramfs']);

function judgeJournal(mount: MountFacts | null, { durability }: Config): Check[] {
  if (durability !== 'full' || mount === null || !WITHOUT_JOURNAL.has(mount.type)) return [];
  const advice = '`"durability": "full"` needs a file system with a journal: ext4, XFS, Btrfs.';
  return [warning('journal', `${mount.type} has none`, advice)];
}

export function judgeMount(mount: MountFacts | null, config: Config): Check[] {
  if (!isNfs(mount)) return judgeJournal(mount, config);
  const check = 'mount options';
  const options = new Set(mount.options.map(spelled));
  const missing = NFS_OPTIONS.filter((option) => !options.has(option));
  if (mount.options.includes('soft')) {
    return [refused(check, 'soft: a slow server loses writes', 'Mount it `hard`, as below.')];
  }
  if (missing.length === 0) return [ok(check, NFS_OPTIONS.join(','))];
  return [warning(check, `without ${missing.join(', ')}`, 'Mount it as below.')];
}

const GIB = 1_073_741_824;
const INODES_MIN = 100_000;

export function judgeRoom({ bytesFree, inodesFree }: Room): Check {
  const inodes = inodesFree === null ? 'no limit of inodes' : `${inodesFree} inodes`;
  const found = `${(bytesFree / GIB).toFixed(1)} GiB and ${inodes} free`;
  const isShort = bytesFree < GIB || (inodesFree !== null && inodesFree < INODES_MIN);
  if (!isShort) return ok('room', found);
  return warning(
    'room',
    found,
    'A task takes about six files; tutti waits while the disk is full.',
  );
}

export function judgeGrain(grainMs: number): Check {
  const found = grainMs === 1 ? '1 ms or finer' : `${grainMs} ms`;
  if (grainMs < 1000) return ok('time stamps', found);
  return warning('time stamps', found, 'A bell that rings twice within that time is heard once.');
}

/** `others`: of the second process, when it is on another host. */
export function judgeSkew(skewMs: number, othersMs: number | null, config: Config): Check {
  const apart = othersMs === null ? 0 : Math.abs(skewMs - othersMs);
  const found =
    `the server is ${signed(skewMs)} from this host` +
    (othersMs === null ? '' : `, the two hosts are ${Math.round(apart)} ms apart`);
  if (Math.max(Math.abs(skewMs), apart) < config.brain.leaseMs / 2) return ok('clocks', found);
  const advice = 'Keep time with NTP: a second brain is refused by the age of a lock.';
  return warning('clocks', found, advice);
}

const signed = (ms: number): string => `${ms < 0 ? '-' : '+'}${Math.abs(Math.round(ms))} ms`;

/** What tutti does where no event comes, and whether it knows that it has to. */
export function judgeEvents(hasEvents: boolean, isNetwork: boolean): Check {
  if (hasEvents) return ok('events', 'a change by the other process is heard');
  if (isNetwork) return ok('events', 'none come, and tutti polls here');
  const advice = 'Say `"mount": "network"` in config.json, and tutti polls.';
  return warning('events', 'none come, although this looks like a local disk', advice);
}

/** The longest of what was measured, without attributes: those ring bells, and no lease hangs on a bell. */
export const delayOf = ({ delayMs }: Visibility): number =>
  Math.max(...KINDS.filter((kind) => kind !== 'attributes').map((kind) => delayMs[kind]));

export interface LeaseView {
  readonly heartbeatIntervalMs: number;
  readonly delayMs: number;
  readonly safeLeaseMs: number;
  readonly leaseMs: number;
  readonly visibilityDelayMs: number;
}

/** docs/ARCHITECTURE.md, rule 5: a lease holds three heartbeats and what the mount delays them by. */
export function leaseOf(delayMs: number, { agent }: Config): LeaseView {
  const { heartbeatIntervalMs, leaseMs, visibilityDelayMs } = agent;
  const safeLeaseMs = 3 * (heartbeatIntervalMs + delayMs);
  return { heartbeatIntervalMs, delayMs, safeLeaseMs, leaseMs, visibilityDelayMs };
}

/** Less than this is the work of looking, on any disk. */
const DELAY_NOTICED_MS = 250;

export function judgeLease(lease: LeaseView): Check {
  const { heartbeatIntervalMs, delayMs, safeLeaseMs, leaseMs, visibilityDelayMs } = lease;
  const sum = `3 x (${heartbeatIntervalMs} + ${delayMs}) ms`;
  const delayWanted = delayMs < DELAY_NOTICED_MS ? 0 : Math.ceil(delayMs / 500) * 500;
  const leaseWanted = Math.max(leaseMs, 3 * (heartbeatIntervalMs + delayWanted));
  const advice = `Set agent.visibilityDelayMs to ${delayWanted} and agent.leaseMs to ${leaseWanted}.`;
  if (leaseMs < safeLeaseMs) {
    return refused('lease', `${leaseMs} ms is shorter than ${safeLeaseMs} = ${sum}`, advice);
  }
  if (visibilityDelayMs < delayWanted) {
    return warning('lease', `agent.visibilityDelayMs is ${visibilityDelayMs}`, advice);
  }
  return ok('lease', `${leaseMs} ms is at least ${safeLeaseMs} = ${sum}`);
}
