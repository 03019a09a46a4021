// What must be true when a run is over: invariants I1, I2, I4, I7, I8 and I9 of docs/TESTING.md.
import type { z } from 'zod';
import { BRAIN_AGENT } from '../../agents/protocol/ids.ts';
import { attemptRecordSchema } from '../../agents/protocol/attempt.ts';
import {
  formatClaim,
  formatQueue,
  parseClaim,
  parseQueue,
} from '../../agents/protocol/lane-name.ts';
import {
  archivedPrivatePath,
  attemptPaths,
  batchPath,
  PROCESSING,
  QUARANTINE,
  QUEUE,
} from '../../agents/protocol/layout.ts';
import { summarySchema } from '../../agents/protocol/batch.ts';
import { keyOf } from './lane-index.ts';
import type { Role, Simulation } from './simulation.ts';
import type { Heading, Play } from './workload.ts';

/** Undefined for what is no JSON or breaks its schema. */
function parsed<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

const textOf = ({ tree }: Simulation, path: string): string | null => tree.file(path)?.text ?? null;

export const isClosed = (sim: Simulation, { plan, batch }: Play): boolean =>
  sim.tree.find(archivedPrivatePath(plan, batch)) !== undefined;

/** A command that waits there may bring back what has ended. */
export const isInboxEmpty = ({ tree, faults }: Simulation): boolean =>
  !faults.has('operator') ||
  !(tree.list('inbox') ?? []).some((name) => name.endsWith('.command.json'));

export function judge(sim: Simulation): string[] {
  return [
    ...sim.plays.flatMap((play) => judgePlay(sim, play)),
    ...judgeQuarantine(sim),
    ...judgeRest(sim),
  ];
}

function judgePlay(sim: Simulation, play: Play): string[] {
  const { plan, batch } = play;
  if (!isClosed(sim, play)) return [`I4 ${batch} has not ended: ${whereabouts(sim, play)}`];
  const summary = textOf(sim, `${batchPath(plan, batch)}/RUN_SUMMARY.json`);
  if (summary === null) return [`I4 ${batch} has no summary`];
  const isWhole = parsed(summarySchema, summary) !== undefined;
  const breaches = isWhole ? [] : [`I7 the summary of ${batch} cannot be read`];
  return [...breaches, ...judgeTasks(sim, play), ...judgeRecords(sim, play)];
}

/** Where the tasks are that did not end, for whoever looks for the reason. */
function whereabouts({ witness }: Simulation, { batch, expected }: Play): string {
  return [...expected.keys()]
    .map((task) => `${task} ${witness.lanes.laneOf(batch, task)?.lane ?? 'nowhere'}`)
    .join(', ');
}

function judgeTasks(sim: Simulation, play: Play): string[] {
  const { batch, completed, expected } = play;
  const { lanes } = sim.witness;
  const breaches = sim.faults.has('operator') ? [] : judgeGoal(sim, play);
  const isFree = freedBy(sim, play);
  for (const [task, heading] of expected) {
    if (heading !== null && isFree(heading)) continue;
    const place = lanes.laneOf(batch, task);
    const lane = place?.lane ?? 'no';
    if (sim.faults.has('operator')) {
      // A child may have ended with its template, without a file.
      if (lane !== 'complete' && lane !== 'failed' && !task.includes('_')) {
        breaches.push(`I4 ${batch}/${task} ends in ${lane} lane`);
      }
    } else if (lane !== (completed.has(task) ? 'complete' : 'failed')) {
      const wanted = completed.has(task) ? 'complete' : 'failed';
      breaches.push(`I9 ${batch}/${task} ends in ${lane} lane (${place?.path}), not in ${wanted}`);
    }
  }
  for (const place of lanes.all()) {
    const isStranger = place.batch === batch && !expected.has(place.task);
    if (isStranger) breaches.push(`I1 ${place.path} is no task of this batch`);
  }
  return breaches;
}

/**
 * Which of the tracked tasks complete is the goal's own affair. Once it is reached, so is what becomes of the tasks
 * before them, other than those that a task outside follows item by item.
 */
function freedBy(sim: Simulation, play: Play): (heading: Heading) => boolean {
  const { goal, headings } = play;
  if (goal === null) return () => false;
  if (doneOf(sim, play).length < goal.target) return ({ name }) => name === goal.tracked;
  const free = new Set([goal.tracked]);
  for (const { name, deps, follows } of headings.toReversed()) {
    if (free.has(name)) for (const dep of [...deps, follows]) free.add(dep ?? '');
  }
  // Later headings follow earlier ones: from the last to the first, each is judged by those after it.
  for (const { name, follows } of headings.toReversed()) {
    if (follows !== null && !free.has(name) && follows !== goal.tracked) free.delete(follows);
  }
  return ({ name }) => free.has(name);
}

const isTracked = ({ goal, expected }: Play, task: string): boolean =>
  goal !== null && task !== goal.tracked && expected.get(task)?.name === goal.tracked;

const doneOf = ({ witness }: Simulation, play: Play): string[] =>
  [...play.expected.keys()].filter(
    (task) => isTracked(play, task) && witness.lanes.laneOf(play.batch, task)?.lane === 'complete',
  );

/** As many of the tracked tasks are complete as the goal wants, or as there are. */
function judgeGoal(sim: Simulation, play: Play): string[] {
  const { batch, goal, completed } = play;
  if (goal === null) return [];
  const able = [...completed].filter((task) => isTracked(play, task)).length;
  const done = doneOf(sim, play).length;
  const wanted = Math.min(able, goal.target);
  return done >= wanted ? [] : [`I9 ${batch}: ${done} of ${wanted} ${goal.tracked} are complete`];
}

/** Every outcome that counts has its record, and the record says the same. */
function judgeRecords(sim: Simulation, { plan, batch }: Play): string[] {
  const breaches: string[] = [];
  const { lanes } = sim.witness;
  for (const { lane, path, batch: owner, task, counts, reason } of lanes.all()) {
    if (owner !== batch || counts.attempt === 0) continue;
    if (lane !== 'complete' && lane !== 'failed') continue;
    // Of several files, the one that counts.
    if (lanes.laneOf(owner, task)?.path !== path) continue;
    // A copy of a claim whose record was damaged is concluded once more, from what its run file says.
    if (lanes.copied.has(keyOf({ batch: owner, task })) && sim.faults.has('garbage')) continue;
    if (reason === 'lost' || reason === 'skipped' || reason === 'cancelled') continue;
    const node = sim.tree.file(attemptPaths(plan, batch, task, counts.attempt).record);
    if (node !== null && sim.witness.damaged.has(node)) continue;
    const record = node === null ? undefined : parsed(attemptRecordSchema, node.text);
    const outcome = reason ?? 'complete';
    if (record?.outcome !== outcome)
      breaches.push(`I2 ${path}: its record says ${record?.outcome}`);
  }
  return breaches;
}

function judgeQuarantine({ tree, witness }: Simulation): string[] {
  const names = tree.list(QUARANTINE) ?? [];
  return names
    .filter((name) => !witness.lanes.planted.has(tree.find(`${QUARANTINE}/${name}`)!))
    .filter((name) => !name.startsWith('.') && !name.endsWith('.reason.json'))
    .filter((name) => !names.includes(`${name}.reason.json`))
    .map((name) => `I7 ${QUARANTINE}/${name} has no reason beside it`);
}

/** I8: after a clean stop nothing is left that belongs to nobody. */
function judgeRest(sim: Simulation): string[] {
  const { tree, hosts } = sim;
  const [{ host: home }] = sim.roles as [Role];
  const breaches = hosts
    // What a brain began that never came back to its host, nobody there knows of.
    .map((host) => {
      const isOrphan = (agent: string): boolean => agent !== BRAIN_AGENT || host === home;
      return [host.name, host.workers().filter(isOrphan).length] as const;
    })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `I8 ${count} workers are left on ${name}`);
  for (const { name, servers } of hosts) {
    if (servers.size > 0) breaches.push(`I8 ${[...servers].join(', ')} is left on ${name}`);
  }
  for (const { name, kind } of sim.agents) {
    for (const file of tree.list(`${kind === 'cpu' ? 'cpu' : 'gpu'}s/${name}/tmp`) ?? []) {
      breaches.push(`I8 ${name} left its temporary file ${file}`);
    }
  }
  const { lanes } = sim.witness;
  const claims = (tree.list(PROCESSING) ?? [])
    .flatMap((file) => parseClaim(file) ?? [])
    .filter((name) => !lanes.copied.has(keyOf(name)));
  const queue = (tree.list(QUEUE) ?? [])
    .flatMap((file) => parseQueue(file) ?? [])
    .filter((name) => !lanes.copied.has(keyOf(name)))
    .filter(({ batch }) => sim.plays.some((play) => play.batch === batch));
  return [
    ...breaches,
    ...claims.map((claim) => `I4 ${formatClaim(claim)} is left in processing`),
    ...queue.map((name) => `I4 ${formatQueue(name)} is left in the queue`),
  ];
}
