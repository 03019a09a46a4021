// After a batch has closed: is each task where it must be, and did it write what it must?
import { join } from 'node:path';
import { readLanes } from '../helpers/lanes.ts';
import * as play from '../helpers/plays.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn, textOf } from '../helpers/tree.ts';
import { expectedOf, resultsOf } from './workload.ts';

export interface Audit {
  readonly breaches: readonly string[];
  readonly results: number;
  readonly tasks: number;
  readonly attempts: number;
  readonly requeues: number;
  readonly lateResults: number;
}

const SIGNAL_REASONS = new Set(['aborted', 'killed']);

export function audit(
  rig: Rig,
  batch: string,
  items: number,
  signalled: ReadonlySet<string>,
): Audit {
  const summary = play.closedSummary(rig, batch);
  const files = readLanes(rig.shared).files.filter((file) => file.batch === batch);
  const complete = new Set(files.filter(({ lane }) => lane === 'complete').map(({ task }) => task));
  const ended = files.filter(({ reason }) => SIGNAL_REASONS.has(reason ?? ''));
  const unasked = ended.filter(({ task }) => !signalled.has(`${batch}/${task}`));
  const expected = expectedOf(items, new Set(ended.map(({ task }) => task)));
  const wrong = [...expected]
    .filter(([task, isComplete]) => isComplete !== complete.has(task))
    .map(([task, isComplete]) => {
      const where = files.filter((file) => file.task === task).map(({ path }) => path);
      return `${batch}/${task}: expected ${isComplete ? 'complete' : 'not complete'}, found ${where.join(', ') || 'nothing'}`;
    });
  const extra = [...complete].filter((task) => !expected.has(task));
  const results = resultsOf(items, (task) => complete.has(task));
  const folder = rig.at(play.folderOf(batch));
  const attempts = namesIn(join(folder, 'attempts'));
  return {
    breaches: [
      ...(summary?.errors ?? []),
      ...wrong,
      ...unasked.map(({ path }) => `${path}: nobody sent it a signal`),
      ...extra.map((task) => `${batch}/${task}: no such task`),
      ...contentBreaches(folder, batch, results),
      ...runBreaches(folder, batch),
    ],
    results: results.size,
    tasks: files.length,
    attempts: attempts.filter((name) => name.endsWith('.run')).length,
    requeues: requeuesIn(textOf(join(folder, 'events.jsonl')) ?? ''),
    lateResults: attempts.filter((name) => name.endsWith('.late.json')).length,
  };
}

/** By text: a full disk cuts a line in the middle, and the next writer ends it and goes on. */
const requeuesIn = (events: string): number =>
  events.split('\n').filter((line) => line.includes('"type":"requeue"')).length;

function contentBreaches(
  folder: string,
  batch: string,
  results: ReadonlyMap<string, string>,
): string[] {
  const breaches: string[] = [];
  for (const [name, text] of results) {
    const found = textOf(join(folder, 'results', name));
    if (found === null) breaches.push(`${batch}: results/${name} is missing`);
    else if (found !== text) breaches.push(`${batch}: results/${name} is not what it must be`);
  }
  if (textOf(join(folder, 'results/early')) !== null) {
    breaches.push(`${batch}: ${textOf(join(folder, 'results/early'))!.trim()}`);
  }
  return breaches;
}

/** An attempt that started twice has noted its number twice. */
function runBreaches(folder: string, batch: string): string[] {
  return namesIn(join(folder, 'results'))
    .filter((name) => name.endsWith('.runs'))
    .flatMap((name) => {
      const runs = textOf(join(folder, 'results', name))!
        .trim()
        .split('\n');
      const twice = runs.find((run, index) => runs.indexOf(run) !== index);
      return twice === undefined ? [] : [`${batch}: ${name}: attempt ${twice} started twice`];
    });
}
