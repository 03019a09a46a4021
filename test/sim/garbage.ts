// Files that nobody of tutti left: those of editors and network mounts, torn ones under names that are
// valid, and damage to what is there.
import { formatQueue, NO_COUNTS } from '../../agents/protocol/lane-name.ts';
import * as layout from '../../agents/protocol/layout.ts';
import { formatSignal } from '../../agents/protocol/signal.ts';
import type { Dice } from './dice.ts';
import type { FileNode } from './nodes.ts';
import type { Simulation } from './simulation.ts';

const STRANGE_NAMES = [
  '.nfs0000012',
  't0.json~',
  '.t0.json.swp',
  'README',
  't0.a1f0l0n0.json.kq2X7b',
  'a.b.c.d.e.f.g.json',
  '4711.json',
];

const TORN = ['', '{"v":1,"id":"t0"', '\u0000\u0000', '[]'];

/** Every directory that somebody reads. */
function directories({ agents, plays }: Simulation, dice: Dice): string[] {
  const { plan, batch } = dice.pick(plays);
  const base = layout.batchPath(plan, batch);
  return [
    ...layout.DIRECTORIES.filter((path) => path !== layout.PLANS),
    layout.privatePath(batch),
    layout.completePath(batch),
    layout.failedPath(batch),
    `${base}/attempts`,
    `${base}/commands`,
    ...agents.map(({ name, kind }) => layout.agentPath(kind === 'cpu' ? 'cpu' : 'gpu', name)),
  ];
}

/** Makes a file that is nobody's task; null when there is no such folder, or something there already. */
export function plant(sim: Simulation, path: string, text: string): FileNode | null {
  return make(sim, path, text, (node) => void sim.witness.lanes.planted.add(node));
}

/** `announce` is told of it before anybody else. */
function make(
  { tree }: Simulation,
  path: string,
  text: string,
  announce: (node: FileNode) => void,
): FileNode | null {
  const parent = path.slice(0, path.lastIndexOf('/'));
  if (tree.find(parent)?.kind !== 'directory' || tree.find(path) !== undefined) return null;
  const { onChange } = tree;
  tree.onChange = ({ node }) => announce(node as FileNode);
  const node = tree.create(path);
  tree.onChange = onChange;
  tree.write(node, text);
  node.durable = text;
  return node;
}

export function leaveStrange(sim: Simulation, dice: Dice): string | null {
  const path = `${dice.pick(directories(sim, dice))}/${dice.pick(STRANGE_NAMES)}`;
  return plant(sim, path, dice.pick(TORN)) === null ? null : `somebody leaves ${path}`;
}

/** A torn file whose name is valid: it is looked at. */
export function leaveForged(sim: Simulation, dice: Dice): string | null {
  const { tree, agents, plays } = sim;
  const { name: agent } = dice.pick(agents);
  const foreign = `${dice.pick(plays).batch.slice(0, -5)}zzzzz`;
  const counts = { ...NO_COUNTS, attempt: 1 };
  const about = { batch: foreign, task: 'ghost' };
  const epochs = (tree.list(layout.EPOCHS) ?? []).filter((name) => /^\d{8}\.json$/.test(name));
  const newest = Math.max(0, ...epochs.map((name) => Number(name.slice(0, 8))));
  const task = { rank: '9400000000zz', taskClass: 'cpu', vram: 0, counts, ...about } as const;
  const path = dice.pick([
    `${layout.QUEUE}/${formatQueue(task)}`,
    `${layout.INBOX}/20261120-000000000-zzzzz.command.json`,
    `${layout.INBOX}/${foreign}/batch.json`,
    `${layout.SIGNALS}/${formatSignal({ agent, verb: 'abort', attempt: 1, ...about })}`,
    `${layout.EPOCHS}/${String(newest + dice.between(1, 3)).padStart(8, '0')}.json`,
    `gpus/gpu-9/heartbeat.json`,
  ]);
  tree.mkdir(path.slice(0, path.lastIndexOf('/')));
  return plant(sim, path, dice.pick(TORN)) === null ? null : `somebody leaves a torn ${path}`;
}

/** A copy of a task file from a lane that people move from machine to machine, where the task was earlier. */
export function bringBack(sim: Simulation, dice: Dice): string | null {
  const { lanes: index, damaged } = sim.witness;
  const lanes = index.left.filter(
    ({ path, node }) => path.startsWith('tasks/') && !damaged.has(node),
  );
  if (lanes.length === 0) return null;
  const { path, text } = dice.pick(lanes);
  const node = make(sim, path, text, (made) => index.bringBack(path, made));
  return node === null ? null : `a copy brings back ${path}`;
}

/** A file of a task loses its end, in whichever lane it is. */
export function damageFile(sim: Simulation, dice: Dice): string | null {
  const { tree, witness } = sim;
  const places = [...witness.lanes.all()].filter(
    ({ lane, task }) => lane !== 'quarantine' && task !== 'batch_summary',
  );
  if (places.length === 0) return null;
  const { path } = dice.pick(places);
  return damage(sim, path, tree.file(path), dice);
}

/** The same for what is written beside the lanes, as far as it can be made again. */
export function damageRecord(sim: Simulation, dice: Dice): string | null {
  const { tree, plays, agents } = sim;
  const { plan, batch } = dice.pick(plays);
  const attempts = `${layout.batchPath(plan, batch)}/attempts`;
  const closed = layout.privatePath(batch);
  const listed = (path: string, ending: string): string[] =>
    (tree.list(path) ?? [])
      .filter((name) => name.endsWith(ending))
      .map((name) => `${path}/${name}`);
  const paths = [
    layout.STATE_FILE,
    ...agents.map(({ name, kind }) => layout.heartbeatPath(kind === 'cpu' ? 'cpu' : 'gpu', name)),
    ...listed(attempts, '.json'),
    ...listed(closed, '.group.json'),
  ].filter((path) => tree.find(path)?.kind === 'file');
  if (paths.length === 0) return null;
  const path = dice.pick(paths);
  return damage(sim, path, tree.file(path), dice);
}

function damage({ tree, witness }: Simulation, path: string, node: FileNode | null, dice: Dice) {
  if (node === null) return null;
  witness.damaged.add(node);
  tree.write(node, node.text.slice(0, dice.between(0, Math.min(60, node.text.length - 1))));
  node.durable = node.text;
  return `${path} is damaged`;
}
