import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Faults } from '../../../agents/protocol/fault.ts';
import { parseInputs, parsePlan } from '../../../agents/protocol/plan/parse.ts';
import { pathInputs, resolveInputs } from '../../../agents/protocol/plan/resolve-inputs.ts';
import type { Plan } from '../../../agents/protocol/plan/types.ts';

const EXAMPLES = new URL('../../../shared/plans/examples/', import.meta.url);
const examples = (): string[] =>
  readdirSync(EXAMPLES).map((name) => readFileSync(new URL(`${name}/plan.md`, EXAMPLES), 'utf8'));

const TASKS = '## Tasks\n\n### a\n\n- **command**: echo {season}\n';
const withInputs = (yaml: string): Plan =>
  parsePlan(`---\ninputs:\n  season: autumn\n${yaml}---\n${TASKS}`, 'plan.md');

function problems(plan: Plan, given: Record<string, unknown>): string[] {
  try {
    resolveInputs(plan, given, '--config');
  } catch (error) {
    if (error instanceof Faults) {
      return error.faults.map(({ code, message, advice }) => `${code}: ${message}. ${advice}`);
    }
    throw error;
  }
  return [];
}

const PLAN = withInputs(`  folder: {type: path, required: true}
  count: {type: number, default: 3}
  dry: {type: boolean, default: false}
  list: {type: json, default: [1, 2]}
  mode: {enum: [fast, slow], default: fast}
  level: {type: number, enum: [1, 2], default: 1}
  day: 2026-11-21
  note: {required: false}
`);

describe('parseInputs', () => {
  it.each([
    TASKS.replace('{season}', 'x'),
    `---\ninputs:\n  season: autumn\n---\n${TASKS}`,
    `# Plan\n\n## Inputs\n\n- **season**: autumn\n\n${TASKS}`,
    `---\ninputs:\n  n: 3\n---\n# Plan\n\nInputs\n------\n\n- **season**: autumn\n\n${TASKS}`,
    `# Plan\n\n##  \`inputs\` ##\n\n- **season**: autumn\n\n${TASKS}`,
    ...examples(),
  ])('answers what the whole plan declares (%#)', (text) => {
    expect(parseInputs(text, 'plan.md')).toEqual(parsePlan(text, 'plan.md').inputs);
  });

  it('refuses what the whole plan would be refused for', () => {
    const text = `---\ninputs:\n  a b: 1\n---\n${TASKS}`;
    expect(() => parseInputs(text, 'plan.md')).toThrow(Faults);
  });
});

describe('values', () => {
  it('defaults are filled in, an optional input is null', () => {
    expect(resolveInputs(PLAN, { folder: '/data' }, '--config')).toEqual({
      season: 'autumn',
      folder: '/data',
      count: 3,
      dry: false,
      list: [1, 2],
      mode: 'fast',
      level: 1,
      day: '2026-11-21',
      note: null,
    });
  });

  it.each([
    ['count', '12', 12],
    ['count', '-1.5e3', -1500],
    ['count', 0, 0],
    ['dry', 'true', true],
    ['dry', false, false],
    ['list', '{"a": 1}', { a: 1 }],
    ['list', [], []],
    ['season', 7, '7'],
    ['season', '', ''],
    ['level', '2', 2],
    ['folder', 'a b;$(touch x)', 'a b;$(touch x)'],
  ])('%s = %j becomes %j', (name, given, value) => {
    const resolved = resolveInputs(PLAN, { folder: '/data', [name]: given }, '--config');
    expect(resolved[name]).toEqual(value);
  });

  it('paths are named, for the one who knows what they are relative to', () => {
    expect(pathInputs(PLAN)).toEqual(['folder']);
  });
});

describe('refusals', () => {
  it('names every problem at once', () => {
    const given = { cuont: 1, dry: 'yes', list: '[1', mode: 'quick', level: 3, season: { a: 1 } };
    expect(problems(PLAN, given)).toEqual([
      'INPUT_UNKNOWN: the plan has no input `cuont`. Did you mean `count`? Its inputs: season, folder, count, dry, list, mode, level, day, note.',
      'INPUT_VALUE: the value of the input `season` is refused: expected a text, found `{"a":1}`. Correct the value given with --set or --config.',
      'INPUT_MISSING: the input `folder` is required and has no value. Give it with --set folder=… or in --config.',
      'INPUT_VALUE: the value of the input `dry` is refused: expected true or false, found `"yes"`. Correct the value given with --set or --config.',
      'INPUT_VALUE: the value of the input `list` is refused: expected JSON, found `"[1"`. Correct the value given with --set or --config.',
      'INPUT_VALUE: the value of the input `mode` is refused: expected one of "fast", "slow", found `"quick"`. Correct the value given with --set or --config.',
      'INPUT_VALUE: the value of the input `level` is refused: expected one of 1, 2, found `3`. Correct the value given with --set or --config.',
    ]);
  });

  it.each([
    ['count', ''],
    ['count', '0x10'],
    ['count', 'Infinity'],
    ['count', [1]],
    ['folder', ''],
    ['folder', 'a\0b'],
    ['season', 'a\0b'],
  ])('%s = %j', (name, given) => {
    expect(problems(PLAN, { folder: '/data', [name]: given })).toHaveLength(1);
  });

  it('a plan without inputs takes none', () => {
    const plan = parsePlan('## Tasks\n\n### a\n\n- **command**: true\n', 'plan.md');
    expect(problems(plan, { a: 1 })).toEqual([
      'INPUT_UNKNOWN: the plan has no input `a`. It declares none.',
    ]);
    expect(resolveInputs(plan, {}, '--config')).toEqual({});
  });

  it('names of the language itself are only names', () => {
    const plan = withInputs('  constructor: {required: false}\n');
    expect(resolveInputs(plan, {}, '--config')['constructor']).toBeNull();
    expect(problems(plan, { toString: 'x' })).toHaveLength(1);
  });
});

describe('inputs listed under ## Inputs', () => {
  const listed = (list: string): Plan => parsePlan(`## Inputs\n\n${list}\n\n${TASKS}`, 'plan.md');

  it('are texts, required when a task uses them and there is no default', () => {
    const plan = listed(
      '- **season**: which one\n- **unused**: found by the scripts\n- just prose',
    );
    expect(plan.inputs).toEqual([
      { name: 'season', type: 'string', isRequired: true, description: 'which one' },
      {
        name: 'unused',
        type: 'string',
        isRequired: false,
        description: 'found by the scripts',
      },
    ]);
  });

  it.each([
    ['(default: spring)', 'spring'],
    ['(default: `early spring`)', 'early spring'],
    ['(Default: "late (spring")', 'late (spring'],
  ])('have a default: %s', (text, value) => {
    const [input] = listed(`- **season**: which one ${text}`).inputs;
    expect([input?.default, input?.isRequired]).toEqual([value, false]);
  });

  it('the front matter comes first', () => {
    const text = `---\ninputs: {season: autumn}\n---\n## Inputs\n\n- **season**: which one\n\n${TASKS}`;
    expect(parsePlan(text, 'plan.md').inputs).toEqual([
      { name: 'season', type: 'string', default: 'autumn', isRequired: false },
    ]);
  });
});
