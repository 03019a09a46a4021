// One run of rsync: a process group with its output in a file, ended when the person has had enough. Files
// appear by rename when they are whole (never --inplace), and a link that says nothing ends the run.
import { resolve } from 'node:path';
import { realClock } from '../../agents/process/clock.ts';
import { groupIoBytes } from '../../agents/process/group-io.ts';
import { environment } from '../../agents/process/settings.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import type { ProcessIdentity } from '../../agents/protocol/attempt.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { SYNC } from '../../agents/protocol/layout.ts';
import type { Disk } from '../../agents/store/disk.ts';

export interface Link {
  readonly disk: Disk;
  /** A path, `host:path` or `rsync://host/module`, without a slash at its end. */
  readonly rig: string;
  readonly rsh: string;
  readonly timeoutS: number;
  readonly interruption: AbortSignal;
}

export interface RsyncEnd {
  /** partial: the run went through, and some files could not be carried. */
  readonly is: 'ok' | 'partial' | 'failed';
  /** What rsync said went wrong, in one line. */
  readonly problem: string;
}

export const isDaemon = (rig: string): boolean => rig.startsWith('rsync://');
const isRemote = (rig: string): boolean => isDaemon(rig) || /^[^/]+:/.test(rig);

/** @throws Fault ARGUMENT_INVALID */
export function resolveRig(text: string, home: string, shared: string): string {
  const rig = text.replace(/\/+$/, '');
  if (isRemote(rig)) return rig;
  const path = resolve(home, rig);
  if (`${path}/`.startsWith(`${shared}/`) || `${shared}/`.startsWith(`${path}/`)) {
    const problem = `${path} is this shared directory, or lies in it, or around it`;
    throw new Fault('ARGUMENT_INVALID', { argument: 'rig', problem });
  }
  return path;
}

const LOG = `${SYNC}/rsync.log`;
const LOG_BYTES_MAX = 1_048_576;

const PARTIAL = '.rsync-partial';
const COMMON: readonly string[] = [
  '--recursive',
  '--times',
  '--delay-updates',
  `--partial-dir=${PARTIAL}`,
  // A file may change twice in a second and keep its size.
  '--modify-window=-1',
];

/** rsync(1): 24 is files that vanished while a living rig moved them; 23 is files that it could not carry. */
const VANISHED = 24;
const PARTIALLY = 23;

/** @throws Fault RSYNC_MISSING */
export async function runRsync(link: Link, args: readonly string[]): Promise<RsyncEnd> {
  const { disk, rig, rsh, timeoutS, interruption } = link;
  const env = environment();
  const size = (await disk.stat(LOG))?.size ?? 0;
  if (size > LOG_BYTES_MAX) await disk.truncate(LOG, 0);
  const offset = size > LOG_BYTES_MAX ? 0 : size;
  const group = realSpawner.start({
    file: 'rsync',
    args: [
      ...COMMON,
      `--timeout=${timeoutS}`,
      // With a remote shell as well, rsync would look for the daemon behind it.
      ...(isDaemon(rig) ? [`--contimeout=${timeoutS}`] : []),
      ...(isDaemon(rig) || env['RSYNC_RSH'] !== undefined ? [] : [`--rsh=${rsh}`]),
      ...args,
    ],
    env,
    cwd: disk.absolute(''),
    output: disk.absolute(LOG),
  });
  const leader = realSpawner.identify(group.pid);
  const end = (): void => void (leader !== null && realSpawner.signal(leader, 'SIGTERM'));
  interruption.addEventListener('abort', end);
  const over = new AbortController();
  const silence = leader === null ? null : endWhenSilent(leader, SILENCES * timeoutS, over.signal);
  try {
    const { code, signal } = await group.exited;
    over.abort();
    if ((await silence) === true) {
      const problem = `nothing moved on the link for ${SILENCES * timeoutS} s, and rsync was ended`;
      return { is: 'failed', problem };
    }
    if (code === 0 || code === VANISHED) return { is: 'ok', problem: '' };
    const said = (await disk.readRange(LOG, offset, LOG_BYTES_MAX)) ?? '';
    const how = signal === null ? `exit status ${code}` : `ended by ${signal}`;
    const problem = `${tellingLine(said)} (rsync: ${how})`;
    return { is: code === PARTIALLY ? 'partial' : 'failed', problem };
  } catch (error) {
    throw new Fault('RSYNC_MISSING', { problem: (error as Error).message });
  } finally {
    over.abort();
    interruption.removeEventListener('abort', end);
  }
}

/** rsync's own timeout comes first, but it does not hold before the other side has answered. */
const SILENCES = 3;
const LOOK_MS = 500;
const GRACE_MS = 2000;

/** Answers whether it had to. Bytes are counted, because a transfer may take as long as it likes. */
async function endWhenSilent(
  leader: ProcessIdentity,
  limitS: number,
  over: AbortSignal,
): Promise<boolean> {
  let bytes = 0;
  let sinceMs = realClock.monotonicMs();
  let isSilent = false;
  while (!over.aborted) {
    await realClock.sleep(LOOK_MS, over);
    const now = groupIoBytes(leader.pid);
    const silentMs = realClock.monotonicMs() - sinceMs;
    if (now !== bytes && !isSilent) {
      bytes = now;
      sinceMs = realClock.monotonicMs();
    } else if (silentMs > limitS * 1000 && !over.aborted) {
      isSilent = true;
      realSpawner.signal(leader, silentMs > limitS * 1000 + GRACE_MS ? 'SIGKILL' : 'SIGTERM');
    }
  }
  return isSilent;
}

/** The first line that names a cause; rsync ends with one that only repeats the exit status. */
function tellingLine(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '');
  const isSummary = (line: string): boolean =>
    /^rsync (error|warning): |^rsync: connection/.test(line);
  return (lines.find((line) => !isSummary(line)) ?? lines.at(-1) ?? 'it said nothing').trim();
}

/** For rsync, a slash at the end means what is in the folder. */
export const on = ({ rig }: Link, path: string): string => `${rig}/${path}`;
