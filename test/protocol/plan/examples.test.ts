// The plans that show the format: each parses, and its commands work in a plain shell. Their scheduling
// is tested with real agents elsewhere; here each task simply runs after those it depends on.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { dependencyName, parseDependency } from '../../../agents/protocol/plan/dependencies.ts';
import { expandItems, parseForeach } from '../../../agents/protocol/plan/foreach.ts';
import { inferDefinition } from '../../../agents/protocol/plan/infer.ts';
import { parsePlan } from '../../../agents/protocol/plan/parse.ts';
import { resolveInputs } from '../../../agents/protocol/plan/resolve-inputs.ts';
import type { Plan, PlanTask } from '../../../agents/protocol/plan/types.ts';
import { renderItems, renderText } from '../../../agents/protocol/plan/variables.ts';

const EXAMPLES = fileURLToPath(new URL('../../../shared/plans/examples/', import.meta.url));
const NAMES = readdirSync(EXAMPLES);

const root = mkdtempSync(join(tmpdir(), 'tutti-examples-'));
afterAll(() => rmSync(root, { recursive: true }));

const read = (name: string): Plan => {
  const file = join(EXAMPLES, name, 'plan.md');
  return parsePlan(readFileSync(file, 'utf8'), file);
};

function inOrder(tasks: readonly PlanTask[]): PlanTask[] {
  const done = new Set<string>();
  const order: PlanTask[] = [];
  while (order.length < tasks.length) {
    const isReady = ({ depends_on }: PlanTask): boolean =>
      depends_on.every((text) => done.has(dependencyName(parseDependency(text))));
    const next = tasks.find((task) => !done.has(task.name) && isReady(task))!;
    order.push(next);
    done.add(next.name);
  }
  return order;
}

type Values = Record<string, unknown> & { readonly BATCH_PATH: string };

function childrenOf(task: PlanTask, values: Values): readonly (readonly unknown[])[] {
  if (task.foreach === undefined) return [[]];
  const source = parseForeach(task.foreach)!;
  const text = readFileSync(renderText(source.path, { values }), 'utf8');
  const limits = { childrenMax: 1000 };
  const expansion = expandItems(task.name, text, source, task.batch_size ?? 1, limits);
  expect(expansion.kind).toBe('items');
  return expansion.kind === 'items' ? expansion.children.map((child) => child.items) : [];
}

/** Runs a task until it succeeds; answers the statuses of its attempts. */
function attempts(task: PlanTask, values: Values, items: readonly unknown[]): (number | null)[] {
  const itemsPath = join(values.BATCH_PATH, 'items.json');
  writeFileSync(itemsPath, JSON.stringify(items));
  const script = join(values.BATCH_PATH, 'script');
  const scope = { values, itemsPath, ...(items.length === 1 ? { item: items[0] } : {}) };
  writeFileSync(script, renderItems(task.command, scope, items));
  const env = Object.entries(task.env ?? {}).map(([key, text]) => [key, renderText(text, scope)]);
  const statuses: (number | null)[] = [];
  while (statuses.at(-1) !== 0 && statuses.length < 5) {
    const variables = { PATH: '/usr/local/bin:/usr/bin:/bin', ...Object.fromEntries(env) };
    statuses.push(spawnSync('sh', [script], { env: variables, stdio: 'ignore' }).status);
  }
  return statuses;
}

/** Plays a plan in a folder of its own; answers the statuses of each task and that folder. */
function play(name: string): { statuses: Record<string, (number | null)[]>; folder: string } {
  const plan = read(name);
  const folder = join(root, `${name} it's a "batch"`);
  for (const part of ['results', 'output']) mkdirSync(join(folder, part), { recursive: true });
  const values = {
    ...resolveInputs(plan, {}, name),
    BATCH_ID: 'b',
    BATCH_PATH: folder,
    PLAN_PATH: join(EXAMPLES, name),
  };
  const statuses: Record<string, (number | null)[]> = {};
  for (const task of inOrder(plan.tasks)) {
    statuses[task.name] = childrenOf(task, values).flatMap((items) =>
      attempts(task, values, items),
    );
  }
  return { statuses, folder };
}

const output = (folder: string, file: string): string =>
  readFileSync(join(folder, 'output', file), 'utf8');

describe.each(NAMES)('%s', (name) => {
  it('says what it shows, and each task has a class or can be given one', () => {
    const { title, tasks } = read(name);
    expect(title).not.toBe('');
    const withoutClass = tasks.filter(({ task_class }) => task_class === undefined);
    expect(withoutClass.map((task) => inferDefinition(task)?.task_class)).toEqual(
      withoutClass.map(() => 'cpu'),
    );
  });

  it('works', () => {
    const { statuses } = play(name);
    const special: Record<string, (number | null)[]> = {
      stubborn: [1, 1, 0],
      wait_for_licence: [75, 0],
    };
    for (const [task, found] of Object.entries(statuses)) {
      expect(found, task).toEqual(special[task] ?? found.map(() => 0));
      expect(found.length).toBeGreaterThan(0);
    }
  });
});

it('they make what they say', () => {
  const made = (name: string, file: string): string => output(play(name).folder, file);
  expect(made('diamond', 'table.txt')).toBe(
    'bread with a pinch of salt\ncake with a pinch of salt\n',
  );
  expect(made('foreach', 'words.txt')).toBe('18\n');
  expect(made('batch-size', 'squares.txt')).toMatch(/^1 squared is 1\n.*10 squared is 100\n$/s);
  expect(made('multi-line', 'remark.txt')).toBe(`it's 5 o'clock; "$(date)" \`uptime\` \\ *\n`);
  expect(made('predecessor', 'census.txt')).toBe('Fruit in autumn\ngreen 3\nred 2\n');
  expect(made('env-requires-produces', 'sent.txt')).toBe(`it's a "good" day\n`);
});

it('every example is in the reference', () => {
  const page = readFileSync(new URL('../../../docs/PLAN_FORMAT.md', import.meta.url), 'utf8');
  expect(NAMES.filter((name) => !page.includes(`examples/${name}`))).toEqual([]);
});
