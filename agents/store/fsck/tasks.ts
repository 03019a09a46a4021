// Tasks and their lanes: each task of an accepted batch lies in exactly one, and nothing else lies there.
import { parseQueue } from '../../protocol/lane-name.ts';
import { completePath, failedPath, privatePath, QUARANTINE } from '../../protocol/layout.ts';
import { nothing, QUARANTINED } from './breach.ts';
import type { Breach, Repair } from './breach.ts';
import { isSubmitted } from './batches.ts';
import type { BatchFacts, Promised } from './batches.ts';
import { byClaim, groupBy } from './lanes.ts';
import type { LaneFile } from './lanes.ts';
import type { Scene } from './scene.ts';

export function checkTasks(scene: Scene): Breach[] {
  const byBatch = groupBy(scene.lanes, ({ batch }) => batch);
  const breaches: Breach[] = [];
  for (const [batch, files] of byBatch) {
    breaches.push(...severalLanes(scene, files));
    const facts = scene.batches.get(batch);
    if (facts === undefined) breaches.push(...withoutBatch(scene, batch, files));
    else if (facts.promised !== null) breaches.push(...strangers(scene, facts.promised, files));
  }
  for (const facts of scene.batches.values()) {
    const files = byBatch.get(facts.batch) ?? [];
    if (facts.problem !== null) breaches.push(withoutPlan(facts, files));
    else if (!scene.tree.files.has(`${facts.folder}/batch.json`)) {
      breaches.push(withoutPlan({ ...facts, problem: 'it has no batch.json' }, files));
    }
    if (facts.promised !== null) breaches.push(...missing(scene, facts, facts.promised, files));
  }
  return [...breaches, ...unknownAgents(scene)];
}

/** A claim is its agent's: only of one that is gone for sure it may be taken. */
function repairOf({ owners }: Scene, file: LaneFile): Repair {
  if (file.lane !== 'processing' || owners.isAgentGone(file.agent!)) return QUARANTINED;
  return nothing(`${file.agent} may be at work on it; stop it, then run fsck again`);
}

function severalLanes(scene: Scene, files: readonly LaneFile[]): Breach[] {
  const byTask = groupBy(files, ({ task }) => task);
  return [...byTask.values()]
    .filter((places) => places.length > 1)
    .flatMap((places) => {
      const [counts, ...others] = places.toSorted(byClaim);
      return others.map((file): Breach => {
        const problem = `task ${file.task} lies in ${counts!.path} too, and that one counts`;
        return { kind: 'two_lanes', path: file.path, problem, repair: repairOf(scene, file) };
      });
    });
}

/** Folders as a whole; single files where the lane is shared. */
function withoutBatch(scene: Scene, batch: string, files: readonly LaneFile[]): Breach[] {
  if (isSubmitted(scene.tree, batch)) return [];
  const problem = `there is no batch ${batch} in plans/ or in the inbox`;
  const folders = [privatePath(batch), completePath(batch), failedPath(batch)].filter((folder) =>
    files.some(({ path }) => path.startsWith(`${folder}/`)),
  );
  const flat = files.filter(({ lane }) => lane === 'queue' || lane === 'processing');
  return [
    ...folders.map((path): Breach => ({ kind: 'no_batch', path, problem, repair: QUARANTINED })),
    ...flat.map((file): Breach => {
      return { kind: 'no_batch', path: file.path, problem, repair: repairOf(scene, file) };
    }),
  ];
}

const known = ({ plain, children }: Promised): Set<string> =>
  new Set([...plain, ...children.keys(), ...[...children.values()].flatMap((ids) => ids ?? [])]);

function strangers(scene: Scene, promised: Promised, files: readonly LaneFile[]): Breach[] {
  const expected = known(promised);
  return files
    .filter(({ task }) => !expected.has(task))
    .map((file): Breach => {
      const problem = `batch ${file.batch} has no task ${file.task}`;
      return { kind: 'stranger', path: file.path, problem, repair: repairOf(scene, file) };
    });
}

function withoutPlan(facts: BatchFacts, files: readonly LaneFile[]): Breach {
  const isAlone = files.length === 0 && !facts.isOpen;
  const repair = isAlone
    ? QUARANTINED
    : nothing('tasks of it are in the lanes; put the file back, then start the brain anew');
  return { kind: 'no_plan', path: facts.folder, problem: facts.problem ?? '', repair };
}

/** A child has a file from its release on; one that was never needed ends with its template. */
function missing(
  scene: Scene,
  facts: BatchFacts,
  { plain, children, hasGoal }: Promised,
  files: readonly LaneFile[],
): Breach[] {
  const present = new Set(files.map(({ task }) => task));
  for (const task of inQuarantine(scene, facts.batch)) present.add(task);
  const wanted = [...plain];
  for (const [template, ids] of children) {
    const end = files.find(({ task }) => task === template);
    const isOver = end?.lane === 'complete' || end?.reason === 'children_failed';
    wanted.push(template, ...(isOver && !hasGoal ? (ids ?? []) : []));
  }
  const repair = nothing(
    facts.isOpen
      ? 'the brain looks for it, and says so in brain/escalations when it is not to be found'
      : 'its batch is over; submit the plan again with --resume to run what is missing',
  );
  return wanted
    .filter((task) => !present.has(task))
    .map((task) => {
      const problem = `task ${task} lies in no lane`;
      return { kind: 'no_lane', path: facts.folder, problem, repair };
    });
}

/** Damaged files that the brain writes anew. */
const inQuarantine = ({ tree }: Scene, batch: string): string[] =>
  [...tree.files.keys()]
    .filter((path) => path.startsWith(`${QUARANTINE}/`))
    .flatMap((path) => {
      const name = parseQueue(path.slice(QUARANTINE.length + 1));
      return name?.batch === batch ? [name.task] : [];
    });

function unknownAgents({ lanes, owners }: Scene): Breach[] {
  const repair = nothing('the brain takes it back one lease after it has seen it');
  return lanes
    .filter(({ agent }) => agent !== undefined && !owners.isAgentKnown(agent))
    .map(({ path, agent }) => {
      const problem = `no agent ${agent} has ever had a heartbeat`;
      return { kind: 'unknown_agent', path, problem, repair };
    });
}
