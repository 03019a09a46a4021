// docs/PROTOCOL.md against what the code writes: every path that ever was below shared/ has a row in its
// table, and every file that the page promises was there.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { FILES, WAYS } from '../../agents/protocol/files.ts';
import { TRANSITIONS } from '../../agents/protocol/transitions.ts';
import { liftSignal } from '../../agents/store/signals.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText, writeManifest } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { rowsOf } from '../helpers/protocol-page.ts';
import type { Row } from '../helpers/protocol-page.ts';
import { openRig, PROJECT } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { namesIn, pathsBelow } from '../helpers/tree.ts';

const PAGE = readFileSync(join(PROJECT, 'docs/PROTOCOL.md'), 'utf8');

let rig: Rig;
afterEach(() => rig?.close());

const each = { foreach: '{BATCH_PATH}/items.jsonl', depends_on: 'list' };
const RICH = planText({
  list: { command: writeManifest(4) },
  each: { ...each, command: 'sleep 0.2; cat "$TUTTI_ITEMS_PATH"' },
  pack: {
    command: 'echo {ITEM.id} > {BATCH_PATH}/results/{ITEM.id}',
    foreach: each.foreach,
    depends_on: 'each_{ITEM.id}',
  },
  flaky: {
    command: '[ "$TUTTI_ATTEMPT" -ge 3 ] || { [ "$TUTTI_ATTEMPT" -ge 2 ] && exit 75; exit 1; }',
  },
  own: { executor: 'brain', command: '[ "$TUTTI_ATTEMPT" -ge 2 ]' },
  fixed: { command: 'echo fixed', task_class: 'none' },
  long: { command: `: ${'x'.repeat(60_000)}` },
  draw: { command: 'true', task_class: 'script', vram_estimate_mb: 100 },
  think: { command: 'true', task_class: 'llm', depends_on: 'draw' },
  damaged: { command: 'true' },
  doomed: { command: 'sleep 300' },
  broken: { command: 'test -e {BATCH_PATH}/results/mended', retries: 0 },
  below: {
    command: 'ls {BATCH_PATH}/results > {BATCH_PATH}/output/list.txt',
    depends_on: 'broken',
  },
});

/** Looks until `done`, and remembers every path it ever saw. */
async function watchUntil(seen: Set<string>, what: string, done: () => unknown): Promise<void> {
  await eventually(what, () => {
    for (const path of pathsBelow(rig.shared)) seen.add(path);
    return Boolean(done());
  });
}

/** A life with most of what can happen in it; answers every path that was seen. */
async function live(): Promise<ReadonlySet<string>> {
  const seen = new Set<string>();
  const pause = { agent: 'cpu-1', verb: 'pause' } as const;
  const batch = await play.submit(rig, RICH);
  const folder = play.folderOf(batch);
  await watchUntil(
    seen,
    'the queue fills',
    () => play.placeOf(rig, batch, 'damaged')?.lane === 'queue',
  );
  writeFileSync(rig.at(play.placeOf(rig, batch, 'damaged')!.path), '{');
  await play.signal(rig, pause);
  for (const { name } of rig.agents) await rig.ready(rig.startAgent(name));
  const runs = (task: string): boolean => play.placeOf(rig, batch, task)?.lane === 'processing';
  await watchUntil(seen, 'doomed runs', () => runs('doomed'));
  await liftSignal(rig.store, pause);
  const { agent, counts } = await play.claimOf(rig, batch, 'doomed');
  await play.command(rig, 'pause', batch);
  await watchUntil(seen, 'it pauses', () => namesIn(rig.at(`${folder}/commands`)).length === 1);
  await play.command(rig, 'resume', batch);
  await play.signal(rig, {
    agent: agent!,
    verb: 'abort',
    batch,
    task: 'doomed',
    attempt: counts.attempt,
  });
  await watchUntil(seen, 'the first verdict', () => rig.read(`${folder}/tasks/each.group.json`));
  writeFileSync(rig.at(`${folder}/results/mended`), '');
  await play.command(rig, 'retry', batch, { task: 'broken', descendants: true });
  await watchUntil(
    seen,
    'the second verdict',
    () =>
      play.placeOf(rig, batch, 'below')?.lane === 'complete' &&
      rig.read(`${folder}/RUN_SUMMARY.json`),
  );
  expect(await play.verdictOf(rig, batch)).toMatchObject({
    verdict: 'failed',
    problems: [{ task: 'doomed', reason: 'aborted' }],
  });
  writeFileSync(rig.at(`inbox/.staging/garbage`), '{');
  renameSync(
    rig.at(`inbox/.staging/garbage`),
    rig.at('inbox/20261121-021455123-abcde.command.json'),
  );
  await watchUntil(
    seen,
    'the garbage is set aside',
    () => namesIn(rig.at('tasks/quarantine')).length === 4,
  );
  return seen;
}

const isKnown = (rows: readonly Row[], path: string): boolean =>
  rows.some((row) => row.matches(path) || row.leadsFrom(path));

it('lists every file that the code writes, and no file that it does not', async () => {
  rig = await openRig({ isStarted: false });
  await rig.ready(rig.startBrain());
  const rows = rowsOf(PAGE);
  expect(rows.length).toBeGreaterThan(30);
  const seen = [...(await live())];
  expect(seen.filter((path) => !isKnown(rows, path))).toEqual([]);
  const unseen = rows.filter((row) => !row.isOptional && !seen.some((path) => row.matches(path)));
  expect(unseen.map(({ pattern }) => pattern)).toEqual([]);
});

it('says of every file which way it crosses an air gap, as the code does', () => {
  const page = rowsOf(PAGE).map(({ pattern, way }) => `${way} ${pattern}`);
  const code = WAYS.flatMap((way) => FILES[way].map((pattern) => `${way} ${pattern}`));
  expect(page.toSorted()).toEqual(code.toSorted());
});

it('names every move of the table of transitions, and no other', () => {
  const section = PAGE.slice(PAGE.indexOf('\n## Moves'), PAGE.indexOf('\n## Every file'));
  const verbs = [...section.matchAll(/^\| (\w+(?:, \w+)*) +\| /gm)].flatMap(([, names]) =>
    names!.split(', '),
  );
  expect(verbs.filter((verb) => verb !== 'move').toSorted()).toEqual(
    ['accept', ...Object.keys(TRANSITIONS)].toSorted(),
  );
});
