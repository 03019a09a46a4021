// plan.md itself: it passes the parser, and its commands, as they are written there, do the job in a shell even when
// the folder has a name that would be code without quoting.
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { expandItems, parseForeach } from '../../agents/protocol/plan/foreach.ts';
import { parsePlan } from '../../agents/protocol/plan/parse.ts';
import { renderCommand, renderText } from '../../agents/protocol/plan/variables.ts';
import { PLAN } from './plan-run.ts';
import type { Licenses } from './plan-run.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-license-plan-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plan = parsePlan(readFileSync(join(PLAN, 'plan.md'), 'utf8'), 'plan.md');
const taskOf = (name: string) => plan.tasks.find((task) => task.name === name)!;

it('has the three tasks, one after the other, and an optional folder', () => {
  expect(plan.title).toBe('License inventory');
  expect(plan.tasks.map(({ name, depends_on }) => [name, depends_on])).toEqual([
    ['scan', []],
    ['inspect', ['scan']],
    ['aggregate', ['inspect']],
  ]);
  expect(plan.inputs).toMatchObject([{ name: 'root', type: 'path', isRequired: false }]);
});

it('does the job by its own commands, and makes what it says it produces', () => {
  const root = join(folder, `a b;$(touch pwned)'"`);
  for (const name of ['one', 'two', 'three']) {
    const home = join(root, 'node_modules', name);
    mkdirSync(home, { recursive: true });
    writeFileSync(join(home, 'package.json'), `{"name": "${name}", "license": "MIT"}`);
  }
  const batch = join(folder, 'batch');
  mkdirSync(batch);
  const values = { PLAN_PATH: PLAN, BATCH_PATH: batch, BATCH_ID: 'b', root };
  const runShell = (command: string) => execFileSync('sh', ['-c', command], { cwd: folder });

  runShell(renderCommand(taskOf('scan').command, { values }));
  const inspect = taskOf('inspect');
  const manifest = readFileSync(join(batch, 'manifest.json'), 'utf8');
  const source = parseForeach(inspect.foreach!)!;
  const expansion = expandItems('inspect', manifest, source, 2, { childrenMax: 100 });
  if (expansion.kind !== 'items') throw new Error(`expanded to ${expansion.kind}`);
  expect(expansion.children.map(({ items }) => items.length)).toEqual([2, 1]);
  for (const { id, items } of expansion.children) {
    const itemsPath = join(batch, `${id}.items.json`);
    writeFileSync(itemsPath, JSON.stringify(items));
    runShell(renderCommand(inspect.command, { values, itemsPath }));
  }
  runShell(renderCommand(taskOf('aggregate').command, { values }));

  const promised = plan.tasks.flatMap(({ produces = [] }) => produces);
  const plain = promised.filter((path) => !path.includes('{ITEM'));
  expect(
    plain.map((path) => renderText(path, { values })).filter((path) => !existsSync(path)),
  ).toEqual([]);
  const licenses = readFileSync(join(batch, 'output/licenses.json'), 'utf8');
  expect((JSON.parse(licenses) as Licenses).by_license).toEqual({ MIT: 3 });
  expect(readdirSync(folder).toSorted()).toEqual([`a b;$(touch pwned)'"`, 'batch']);
});
