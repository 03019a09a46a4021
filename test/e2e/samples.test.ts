// Training samples: what a model was asked and answered, kept by the agents, redacted, and exported.
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Sample } from '../../agents/protocol/samples.ts';
import { tutti } from '../helpers/command-line.ts';
import * as play from '../helpers/plays.ts';
import { openRig, PROJECT } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { jsonOf, namesIn, textOf } from '../helpers/tree.ts';
import { startServer } from '../models/fakes.ts';
import type { Fake } from '../models/fakes.ts';

const SYSTEM = ['/usr', '/bin', '/lib', '/lib64', '/etc', '{PLAN_PATH}', '{SHARED}'];
const BARE = { read: SYSTEM, write: ['{BATCH_PATH}'], network: false };
const WORKER_PERMISSIONS = jsonOf(join(PROJECT, 'agents/permissions/worker.json')) as object;

let home: string;
let rig: Rig;
let server: Fake;

beforeAll(async () => {
  server = await startServer('fake-openai', ['--model', 'tiny']);
  const model = { backend: 'openai', source: 'tiny', slots: 2 };
  // Commands that see little and have no network: a prompt still starts, and reaches its model.
  home = mkdtempSync(join(tmpdir(), 'tutti-samples-'));
  const worker = join(home, 'worker.json');
  writeFileSync(worker, JSON.stringify({ ...WORKER_PERMISSIONS, ...BARE }));
  rig = await openRig({
    agents: [{ name: 'cpu-1', kind: 'cpu', slots: 2 }],
    config: {
      // As people run it, where the host has one: what is no output is read-only inside.
      sandbox: 'auto',
      permissions: { worker },
      models: { small: model, other: model },
      roles: { writer: { model: 'small', temperature: 0.1 } },
      backends: { openai: { baseUrl: `${server.url}/v1` } },
      samples: {
        // The last one never ends where many a are followed by something else.
        redact: ['[\\w.]+@[\\w.]+', 'sk-[a-z0-9]{8}', '(a+)+$'],
        redactMsMax: 300,
        exceptPlans: ['private'],
        fileBytesMax: 2000,
        filesMax: 2,
      },
    },
  });
});
afterAll(async () => {
  await rig.close();
  await server.end();
  rmSync(home, { recursive: true });
});

const task = (name: string, fields: string): string =>
  `### ${name}\n\n- **task_class**: llm\n${fields}\n`;
const plan = (...tasks: readonly string[]): string =>
  ['# Plan: test', '', '## Tasks', '', ...tasks].join('\n');

const FOLDER = 'cpus/cpu-1';
async function exported(...args: readonly string[]): Promise<Sample[]> {
  const { code, stdout } = await tutti(rig, 'samples', 'export', ...args);
  expect(code).toBe(0);
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Sample);
}

it('keeps prompt, context, response, outcome, model and timings, without what the patterns match', async () => {
  const text = plan(
    task(
      'letter',
      '- **llm_model**: writer\n- **system**: You answer boss@example.org.\n- **prompt**: Write to jo.doe@example.org with sk-abcd1234.',
    ),
    task(
      'bad',
      `- **llm_model**: other\n- **retries**: 0\n- **prompt**: Name it.\n- **schema**:\n\n  \`\`\`json\n  { "type": "string", "minLength": 5 }\n  \`\`\``,
    ),
  );
  const batch = await play.submit(rig, text);
  expect((await play.verdictOf(rig, batch)).verdict).toBe('failed');
  const samples = await exported();
  const letter = samples.find((sample) => sample.task === 'letter');
  expect(letter).toMatchObject({
    v: 1,
    id: `${batch}/letter.a1`,
    at: expect.stringMatching(/Z$/),
    plan: 'demo',
    attempt: 1,
    agent: 'cpu-1',
    model: 'small',
    served: 'tiny',
    role: 'writer',
    outcome: 'complete',
    prompt: 'Write to [redacted] with [redacted].',
    context: 'You answer [redacted]',
    response: 'echo: Write to [redacted] with [redacted].',
    options: { temperature: 0.1 },
    tries: 1,
    finish_reason: 'stop',
    usage: { prompt_tokens: expect.any(Number), generated_tokens: expect.any(Number) },
    timings: { total_ms: expect.any(Number), first_token_ms: expect.any(Number) },
  });
  expect(samples.find((sample) => sample.task === 'bad')).toMatchObject({
    model: 'other',
    role: null,
    outcome: 'failed',
    response: '"x"',
    tries: 3,
    schema: { minLength: 5 },
  });
  for (const name of namesIn(rig.at(FOLDER)).filter((each) => each.startsWith('samples.jsonl'))) {
    expect(readFileSync(rig.at(`${FOLDER}/${name}`), 'utf8')).not.toContain('example.org');
  }
  // What the worker left has been taken.
  const left = namesIn(rig.at(`${play.folderOf(batch)}/attempts`));
  expect(left.filter((name) => name.endsWith('.sample.json'))).toEqual([]);
});

it('exports by model, role, outcome, plan, batch and time', async () => {
  const names = async (...args: readonly string[]): Promise<string[]> =>
    (await exported(...args)).map((sample) => sample.task).toSorted();
  expect(await names('--model', 'other')).toEqual(['bad']);
  expect(await names('--role', 'writer')).toEqual(['letter']);
  expect(await names('--outcome', 'complete')).toEqual(['letter']);
  expect(await names('--plan', 'demo')).toEqual(['bad', 'letter']);
  expect(await names('--plan', 'elsewhere')).toEqual([]);
  const [{ batch }] = (await exported()) as [Sample];
  expect(await names('--batch', batch.slice(-5), '--since', '1h')).toEqual(['bad', 'letter']);
  expect(await names('--since', '2999-01-01')).toEqual([]);
  const { code, stderr } = await tutti(rig, 'samples', 'export', '--since', 'yesterday');
  expect(code).not.toBe(0);
  expect(stderr).toContain('Expected a time such as 12h or 7d, or a date such as 2026-11-20.');
});

it('shows an attempt once that was written twice, and leaves out what is torn', async () => {
  const before = await exported();
  appendFileSync(rig.at(`${FOLDER}/samples.jsonl`), `${JSON.stringify(before.at(-1))}\n{"v":1,\n`);
  const { stdout, stderr } = await tutti(rig, 'samples', 'export');
  expect(stdout.trim().split('\n')).toHaveLength(before.length);
  expect(stderr).toContain(`a line of ${FOLDER}/samples.jsonl is left out: not valid JSON`);
  expect(stderr).toContain(`${before.length} of ${before.length} samples`);
});

it('keeps none of a plan that is excepted, and none whose patterns come to no end: its task is done all the same', async () => {
  const held = (await exported()).length;
  const quiet = await play.submit(rig, plan(task('a', '- **prompt**: Hush.')), { plan: 'private' });
  expect((await play.verdictOf(rig, quiet)).verdict).toBe('complete');
  const slow = await play.submit(rig, plan(task('b', `- **prompt**: ${'a'.repeat(60)}!`)), {
    plan: 'slow',
  });
  expect((await play.verdictOf(rig, slow)).verdict).toBe('complete');
  expect(play.logOf(rig, slow, 'b')).toContain(
    '[tutti: no sample is kept: samples.redact took more than 300 ms]',
  );
  expect(await exported()).toHaveLength(held);
});

it('rotates, and keeps as many files as the configuration says', async () => {
  const many = Array.from({ length: 12 }, (_, n) => task(`t${n}`, `- **prompt**: Say ${n}.`));
  const batch = await play.submit(rig, plan(...many), { plan: 'many' });
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  const files = namesIn(rig.at(FOLDER)).filter((name) => name.startsWith('samples.jsonl'));
  expect(files.toSorted()).toEqual(['samples.jsonl', 'samples.jsonl.1', 'samples.jsonl.2']);
  for (const name of files) {
    expect(Buffer.byteLength(textOf(rig.at(`${FOLDER}/${name}`))!)).toBeLessThan(2000);
  }
  const kept = (await exported('--batch', batch)).map(({ task: name }) => name);
  expect(kept.length).toBeGreaterThan(3);
  expect(kept).toContain('t11');
  expect((await tutti(rig, 'fsck')).code).toBe(0);
});
