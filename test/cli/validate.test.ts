import { join } from 'node:path';
import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { planText } from '../helpers/plan-text.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { validateSchema } from './schemas.ts';

let house: House;
beforeEach(() => {
  house = openHouse();
});
afterEach(() => house.close());

const BAD =
  '# p\n\n## Tasks\n\n### a\n\n- **task_clas**: cpu\n- **command**: `x`\n- **depends_on**: nobody\n';

it('says that a good plan is good', async () => {
  house.write('plans/demo/plan.md', planText({ a: { command: 'true' }, b: { command: 'true' } }));
  expect(await house.tutti('validate', 'demo')).toEqual({
    code: 0,
    out: `✓ ${house.shared}/plans/demo/plan.md: 2 tasks, no errors\n`,
    err: '',
  });
});

it('lists every error with file, line, column and advice', async () => {
  const file = join(house.root, 'plan.md');
  writeFileSync(file, BAD);
  const { code, out, err } = await house.tutti('validate', file);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  const places = [...err.matchAll(/^(\S+?):(\d+):(\d+): .* \[([A-Z_]+)\]\n {4}\S/gm)];
  expect(places.map(([, path, line]) => [path, line])).toEqual([
    [file, '7'],
    [file, '9'],
  ]);

  const json = await house.tutti('validate', file, '--json');
  expect(json.code).toBe(2);
  const { errors } = validateSchema.parse(JSON.parse(json.out));
  expect(errors.map((one) => one.line)).toEqual([7, 9]);
});

it('checks inputs only when some are given', async () => {
  const inputs = '---\ninputs:\n  root: { type: path, required: true }\n---\n';
  house.write('plans/demo/plan.md', inputs + planText({ a: { command: 'ls {root}' } }));
  expect((await house.tutti('validate', 'demo')).code).toBe(0);
  const wrong = await house.tutti('validate', 'demo', '--set', 'rot=x');
  expect(wrong.code).toBe(2);
  expect(wrong.err).toContain('[INPUT_UNKNOWN]');
  expect((await house.tutti('validate', 'demo', '--set', 'root=x')).code).toBe(0);
});

it('writes nothing and needs no brain, no agent and no lanes', async () => {
  house.write('plans/demo/plan.md', planText({ a: { command: 'true', task_class: 'llm' } }));
  const { code, err } = await house.tutti('validate', 'demo');
  expect(code).toBe(0);
  expect(err).toBe('no agent is known yet, so nobody can tell whether llm tasks fit one\n');
});

describe('a JSON schema in a file', () => {
  beforeEach(async () => {
    await house.close();
    const model = { backend: 'openai', source: 'm', baseUrl: 'http://127.0.0.1:9/v1' };
    house = openHouse({ models: { m: model } });
  });

  const ask = (schema: string): string =>
    planText({ ask: { task_class: 'llm', prompt: 'Well?', schema } });
  const validate = async (schema: string) => {
    house.write('plans/demo/plan.md', ask(schema));
    return house.tutti('validate', 'demo');
  };

  it('that is none is refused where it is at hand, with the place of its task', async () => {
    house.write('plans/demo/schemas/bad.json', '{"type": "objekt"}');
    const { code, err } = await validate('{PLAN_PATH}/schemas/bad.json');
    expect(code).toBe(2);
    expect(err).toMatch(
      /plan\.md:\d+:\d+: the JSON schema cannot be used: \S+\/plans\/demo\/schemas\/bad\.json: schema is invalid: .* \[MODEL_SCHEMA_INVALID\]\n {4}Write a JSON Schema object/,
    );
    house.write('plans/demo/schemas/torn.json', '{"type": "obj');
    expect((await validate('{PLAN_PATH}/schemas/torn.json')).err).toContain('torn.json: ');
    const submitted = await house.tutti('submit', 'demo');
    expect(submitted.code).toBe(2);
    expect(submitted.err).toContain('[MODEL_SCHEMA_INVALID]');
  });

  it('that is one passes, one that is missing is a warning, and one of the batch is left to its time', async () => {
    house.write('plans/demo/schemas/good.json', '{"type": "object"}');
    expect((await validate('{PLAN_PATH}/schemas/good.json')).code).toBe(0);
    const missing = await validate('{PLAN_PATH}/schemas/gone.json');
    expect(missing.code).toBe(0);
    expect(missing.err).toContain('task ask: its schema ');
    expect(missing.err).toContain('gone.json is not there yet');
    const later = await validate('results/schema.json');
    expect(later.code).toBe(0);
    expect(later.err).not.toContain('schema');
  });
});
