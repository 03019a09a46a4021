import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { batchSchema } from '../../agents/protocol/batch.ts';
import type { Batch } from '../../agents/protocol/batch.ts';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House, Ran } from './house.ts';
import { submitSchema } from './schemas.ts';
import { brainState, heartbeat } from './stage.ts';

let house: House;
beforeEach(() => {
  house = openHouse({ agents: [{ name: 'gpu-1', kind: 'simulated', vramMib: 8192 }] });
});
afterEach(() => house.close());

const INPUTS = '---\ninputs:\n  root: { type: path, required: true }\n  limit: 7\n---\n';
const PLAN = planText({ a: { command: 'true' }, b: { command: 'true', depends_on: 'a' } });
const WITH_INPUTS = INPUTS + planText({ a: { command: 'ls {root} {limit}' } });

const submitted = (): Batch[] =>
  readdirSync(join(house.shared, 'inbox'))
    .filter((name) => !name.startsWith('.'))
    .map((name) => batchSchema.parse(JSON.parse(house.read(`inbox/${name}/batch.json`))));

const refusal = (ran: Ran, shared = house.shared): string => {
  expect(ran.code, ran.err).toBe(2);
  expect(ran.out).toBe('');
  expect(submitted()).toEqual([]);
  return ran.err.replaceAll(shared, '<shared>').trimEnd();
};

describe('tutti submit', () => {
  it('publishes a batch, prints its id alone on standard output, and says what is next', async () => {
    house.write('plans/demo/plan.md', PLAN);
    brainState(house);
    const { code, out, err } = await house.tutti('submit', 'demo', '--priority', 'high');
    const [batch] = submitted();
    expect(code).toBe(0);
    expect(out).toBe(`${batch!.id}\n`);
    expect(err).toBe(
      `\`tutti watch\` shows it live, \`tutti wait ${batch!.id.slice(-5)}\` waits for its end\n`,
    );
    expect(batch).toMatchObject({ plan: 'demo', priority: 8, config: {} });
    expect(batch!.submitted_by).toMatch(/@house\.test$/);
    expect(house.read(`inbox/${batch!.id}/plan.md`)).toBe(PLAN);
  });

  it('warns when nobody is there to take it', async () => {
    house.write('plans/demo/plan.md', PLAN);
    const { code, err } = await house.tutti('submit', 'demo');
    expect(code).toBe(0);
    expect(err).toBe('no brain is alive: `tutti up` starts one, and it takes the batch\n');
  });

  it('takes inputs as JSON, from a file and one by one, with paths made absolute', async () => {
    house.write('plans/demo/plan.md', WITH_INPUTS);
    const file = join(house.root, 'in.json');
    writeFileSync(file, '{"root": "data", "limit": 1}');
    expect((await house.tutti('submit', 'demo', '--config', '{"root":"/a b"}')).code).toBe(0);
    expect(
      (await house.tutti('submit', 'demo', '--config', `@${file}`, '--set', 'limit=3')).code,
    ).toBe(0);
    const configs = submitted().map(({ config }) => config);
    expect(configs).toContainEqual({ root: '/a b' });
    expect(configs).toContainEqual({ root: join(process.cwd(), 'data'), limit: '3' });
  });

  it.each([
    [
      ['--config', '{"root":'],
      /^the inputs given with --config cannot be read: .* \[BATCH_CONFIG\]\n/,
    ],
    [
      ['--config', '[1]'],
      /^the inputs given with --config cannot be read: it is valid JSON, but not an object \[/,
    ],
    [
      ['--config', '@nowhere.json'],
      /^the inputs given with --config cannot be read: ENOENT.*nowhere\.json/,
    ],
    [
      ['--set', 'root'],
      /^the inputs given with --set cannot be read: expected name=value, found "root" \[/,
    ],
    [['--set', 'rot=x'], /\[INPUT_UNKNOWN\]\n {4}Did you mean `root`\?.*\[INPUT_MISSING\]/s],
    [['--set', 'root=x', '--set', 'limit=many'], /\[INPUT_VALUE\]/],
    [[], /\[INPUT_MISSING\]/],
  ])('refuses inputs %j', async (args, expected) => {
    house.write('plans/demo/plan.md', WITH_INPUTS);
    expect(refusal(await house.tutti('submit', 'demo', ...args))).toMatch(expected);
  });

  it.each([
    [
      'demmo',
      'there is no plan demmo [PLAN_UNKNOWN]\n    Did you mean `demo`? A plan is the name of a folder below <shared>/plans, or a path to a folder with a plan.md or to a .md file.',
    ],
    [
      'diamond',
      'there is no plan diamond [PLAN_UNKNOWN]\n    Did you mean `examples/diamond`? A plan is the name of a folder below <shared>/plans, or a path to a folder with a plan.md or to a .md file.',
    ],
    [
      'demo/../../etc',
      'the plan name "demo/../../etc" is refused: it holds `..` [PLAN_NAME_REFUSED]\n    A name has at most 40 letters, digits, `_` and `-`, or two of them with `/` between. A path begins with `./`, `../` or `/`.',
    ],
    [
      'a b',
      'the plan name "a b" is refused: it has characters or a length that a folder of plans cannot have [PLAN_NAME_REFUSED]\n    A name has at most 40 letters, digits, `_` and `-`, or two of them with `/` between. A path begins with `./`, `../` or `/`.',
    ],
    [
      '/nowhere/plan.md',
      'there is no plan /nowhere/plan.md [PLAN_UNKNOWN]\n    A plan is the name of a folder below <shared>/plans, or a path to a folder with a plan.md or to a .md file.',
    ],
  ])('refuses the plan %s', async (name, expected) => {
    house.write('plans/demo/plan.md', PLAN);
    house.write('plans/examples/diamond/plan.md', PLAN);
    expect(refusal(await house.tutti('submit', name))).toBe(expected);
  });

  it('refuses a plan with errors, all of them with file, line and column', async () => {
    house.write(
      'plans/demo/plan.md',
      '# p\n\n## Tasks\n\n### a\n\n- **comand**: `x`\n- **depends_on**: b\n',
    );
    const text = refusal(await house.tutti('submit', 'demo'));
    expect(text).toMatch(/^<shared>\/plans\/demo\/plan\.md:7:\d+: .*comand/);
    expect(text).toMatch(/\n<shared>\/plans\/demo\/plan\.md:8:\d+: .*`b`/);
  });

  it('refuses what no agent could ever run, with the sums', async () => {
    house.write(
      'plans/demo/plan.md',
      planText({
        big: { command: 'x', task_class: 'script', vram_estimate_mb: 7000, vram_policy: 'fixed' },
      }),
    );
    heartbeat(house, { agent: 'cpu-9', classes: ['meta', 'cpu'] });
    const text = refusal(await house.tutti('submit', 'demo'));
    expect(text).toContain(
      ': task big fits no agent: it needs 7000 MiB, and the budgets are gpu-1 6553 MiB [PLAN_UNFIT]\n',
    );
    writeFileSync(house.config, JSON.stringify({ agents: 'auto' }));
    expect(refusal(await house.tutti('submit', 'demo'))).toContain(
      ': task big fits no agent: no agent takes class script (cpu-9 takes meta, cpu) [PLAN_UNFIT]\n',
    );
  });

  it('only warns about a class when no agent is known', async () => {
    writeFileSync(house.config, '{}');
    house.write('plans/demo/plan.md', planText({ big: { command: 'x', task_class: 'script' } }));
    const { code, err } = await house.tutti('submit', 'demo');
    expect(code).toBe(0);
    expect(err).toContain(
      'no agent is known yet, so nobody can tell whether script tasks fit one\n',
    );
  });

  it('--dry-run shows the graph in an order that can run, and writes nothing at all', async () => {
    house.write(
      'plans/demo/plan.md',
      INPUTS +
        planText({
          last: { command: 'true', depends_on: 'each' },
          each: {
            command: 'true',
            depends_on: 'first',
            foreach: '{BATCH_PATH}/m.json:items',
            batch_size: 5,
          },
          first: { command: 'ls {root}', task_class: 'llm' },
        }),
    );
    const before = readdirSync(house.shared, { recursive: true }).length;
    const { code, out } = await house.tutti('submit', 'demo', '--dry-run', '--set', 'root=/x');
    expect(code).toBe(0);
    expect(out).toBe(
      [
        'demo  test',
        '',
        'Inputs',
        '  root   "/x"',
        '  limit  7',
        '',
        'Tasks',
        '  1  first  llm  a whole card',
        '  2  each   cpu  1024 MiB      after first; for each of {BATCH_PATH}/m.json:items; 5 at a time',
        '  3  last   cpu  1024 MiB      after each',
        '',
        'the plan is good; priority 5; nothing was written',
        '',
      ].join('\n'),
    );
    const json = await house.tutti('submit', 'demo', '--dry-run', '--set', 'root=/x', '--json');
    const record = submitSchema.parse(JSON.parse(json.out));
    expect(record).toMatchObject({ dry_run: true, inputs: { root: '/x', limit: 7 } });
    expect(readdirSync(house.shared, { recursive: true })).toHaveLength(before);
  });

  it('--resume names a batch of the same plan', async () => {
    house.write('plans/demo/plan.md', PLAN);
    house.write('plans/demo/batches/demo-20260102-030405-aaaaa/batch.json', '{}');
    house.write('plans/other/batches/other-20260102-030405-bbbbb/batch.json', '{}');
    house.write('plans/other/plan.md', PLAN);
    expect(refusal(await house.tutti('submit', 'demo', '--resume', 'bbbbb'))).toContain(
      'batch other-20260102-030405-bbbbb is one of plan other, not of demo [BATCH_OTHER_PLAN]',
    );
    expect(refusal(await house.tutti('submit', 'demo', '--resume', 'ccccc'))).toContain(
      '[BATCH_UNKNOWN]',
    );
    expect((await house.tutti('submit', 'demo', '--resume', 'aaaaa')).code).toBe(0);
    expect(submitted()[0]).toMatchObject({ resume_of: 'demo-20260102-030405-aaaaa' });
  });

  it('two at once are two batches', async () => {
    house.write('plans/demo/plan.md', PLAN);
    const both = await Promise.all([house.tutti('submit', 'demo'), house.tutti('submit', 'demo')]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(new Set(submitted().map(({ id }) => id)).size).toBe(2);
  });
});
