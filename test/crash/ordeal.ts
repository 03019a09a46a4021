// One play of the batch, in which one process is struck at one of its file operations: it dies and is started
// again, or it stalls, somebody else takes its place, and then it goes on where it was.
import { join } from 'node:path';
import { EXIT } from '../../agents/process/shutdown.ts';
import { eventually } from '../helpers/eventually.ts';
import { readLanes } from '../helpers/lanes.ts';
import * as play from '../helpers/plays.ts';
import { endsWithin } from '../helpers/program.ts';
import type { Program } from '../helpers/program.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn, textOf } from '../helpers/tree.ts';
import { readOperations } from './points.ts';
import type { CrashPoint, Fate, Operation } from './points.ts';
import { isReady, openStage, planFor, replace, start, startAll } from './stage.ts';
import type { Victim } from './stage.ts';

export interface Ordeal {
  readonly victim: Victim;
  readonly fate: Fate;
  /** Null: nothing happens, and all operations are written down. */
  readonly point: CrashPoint | null;
  /** Idles before it is stopped, and so comes to higher numbers. */
  readonly isPatient: boolean;
}

export interface Played {
  /** `complete` or the reason, by task. */
  readonly ends: Readonly<Record<string, string>>;
  /** Whether the process was struck where it was to be. */
  readonly isStruck: boolean;
  /** Of the victim, in order; only the one it was struck at when there was a point. */
  readonly operations: readonly Operation[];
}

interface Scene extends Ordeal {
  readonly rig: Rig;
  readonly batch: string;
  readonly program: Program;
  readonly log: string;
}

const PATIENCE_MS = 10_000;
const VERDICT_MS = 90_000;

/** @throws what went wrong */
export async function undergo(ordeal: Ordeal): Promise<Played> {
  const { victim, fate, point } = ordeal;
  const rig = openStage(victim, fate);
  const log = join(rig.home, 'operations.log');
  try {
    const batch = await play.submit(rig, planFor(victim));
    const at =
      point === null ? {} : { TUTTI_CRASH_AT: `${victim}:${point.number}:${point.moment}` };
    const program = startAll(rig, victim, { TUTTI_CRASH_LOG: log, ...at });
    const scene = { ...ordeal, rig, batch, program, log };
    const acted = fate === 'dies' ? await dieAndRise(scene) : await stallAndWake(scene);
    refuseTwice(rig, batch);
    return { ...acted, ends: endsOf(rig, batch) };
  } finally {
    await rig.close();
  }
}

type Acted = Omit<Played, 'ends'>;

async function dieAndRise(scene: Scene): Promise<Acted> {
  const { rig, victim, batch, program, log } = scene;
  // As under any supervisor: whoever dies is started again at once.
  const rises = program.ended.then((end) => (end === 'SIGKILL' ? start(rig, victim) : null));
  await play.verdictOf(rig, batch, VERDICT_MS);
  if (scene.isPatient) await endsWithin(program, PATIENCE_MS);
  // The points of its way out come now.
  await rig.stop(program);
  const second = await rises;
  if (second !== null) await isReady(rig, second);
  return { isStruck: second !== null, operations: readOperations(log, victim) };
}

async function stallAndWake({ rig, victim, batch, program, log, point }: Scene): Promise<Acted> {
  const verdict = play.verdictOf(rig, batch, VERDICT_MS);
  if (point === null) {
    await verdict;
    // A process that stalls on its way out has nothing left to do.
    return { isStruck: false, operations: readOperations(log, victim) };
  }
  const stalled = eventually('it stalls', () => textOf(log), VERDICT_MS).catch(() => null);
  await Promise.race([stalled, verdict]);
  const isStruck = textOf(log) !== null;
  if (isStruck) {
    const other = await replace(rig, victim);
    await verdict;
    program.signal('SIGCONT');
    if (victim === 'brain') await refuseTwoBrains(program, other);
  }
  await rig.stop(program);
  return { isStruck, operations: readOperations(log, victim) };
}

/**
 * Exactly one of the two goes on: the one that took the place, unless the other stalled between its lock and
 * its epoch, which then is the newer one. @throws
 */
async function refuseTwoBrains(old: Program, other: Program): Promise<void> {
  const hasLeft = ({ end }: Program): boolean =>
    [EXIT.superseded, EXIT.locked].some((code) => code === end());
  await eventually(
    `one of two brains leaves: ${old.log().slice(-800)}`,
    () => hasLeft(old) || hasLeft(other),
    VERDICT_MS,
  );
  const rest = hasLeft(old) ? other : old;
  if (rest.end() !== null) throw new Error(`no brain is left: ${rest.log().slice(-800)}`);
  other.isEndWanted = true;
}

function endsOf(rig: Rig, batch: string): Record<string, string> {
  const files = readLanes(rig.shared).files.filter((file) => file.batch === batch);
  return Object.fromEntries(
    files
      .map(({ lane, task, reason }) => [task, reason ?? lane] as const)
      .toSorted(([a], [b]) => a.localeCompare(b)),
  );
}

/** An attempt that started twice has noted its number twice. @throws */
function refuseTwice(rig: Rig, batch: string): void {
  const folder = rig.at(`${play.folderOf(batch)}/results`);
  for (const name of namesIn(folder).filter((one) => one.endsWith('.runs'))) {
    const runs = textOf(join(folder, name))!.trim().split('\n');
    if (new Set(runs).size < runs.length) {
      throw new Error(`${name}: an attempt ran twice: ${runs.join(' ')}`);
    }
  }
}
