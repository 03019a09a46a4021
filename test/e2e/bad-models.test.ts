// What people get wrong about models, all of it in one plan on one card: each is an error with a code and advice, its
// task ends by the rules, and the card works on. (Names that lead nowhere are refused before anything runs:
// prompts.test.ts and cli/models-list.test.ts; memory that runs out: engine-troubles.test.ts.)
import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { tutti } from '../helpers/command-line.ts';
import { writeTinyLlama } from '../helpers/gguf.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { FIXTURES } from '../models/fakes.ts';

const MODEL = { backend: 'llama-server', contextTokens: 4096, vramMib: 3000 } as const;
const BOUND = "srv start: couldn't bind HTTP server socket, hostname: 127.0.0.1";

/** What is wrong with each model, and the code that says so. */
const BAD = {
  missing: 'MODEL_FILE_MISSING',
  truncated: 'MODEL_FILE_TRUNCATED',
  noise: 'MODEL_FILE_INVALID',
  wide: 'MODEL_CONTEXT_TOO_LARGE',
  port: 'MODEL_PORT_TAKEN',
  mute: 'MODEL_LOAD_STALLED',
} as const;

let rig: Rig;
const fileOf = (model: string): string => join(rig.home, `${model}.gguf`);
const behave = (model: string, behaviour: object): void =>
  writeFileSync(`${fileOf(model)}.fake.json`, JSON.stringify(behaviour));

beforeAll(async () => {
  const names = ['good', ...Object.keys(BAD)];
  const models = Object.fromEntries(
    names.map((name) => [name, { ...MODEL, source: `${name}.gguf` }]),
  );
  rig = await openRig({
    isStarted: false,
    agents: [{ name: 'gpu-1', kind: 'simulated', vramMib: 6144 }],
    config: {
      models: { ...models, wide: { ...MODEL, source: 'wide.gguf', contextTokens: 65_536 } },
      backends: { llamaServer: { program: join(FIXTURES, 'fake-llama-server.mjs') } },
      modelPolicy: { residencyMsMin: 0, loadTriesMax: 1 },
      runtime: { loadStallMs: 700 },
      task: { replySilenceMsMax: 1000 },
    },
  });
  for (const name of names) if (name !== 'missing') writeTinyLlama(fileOf(name));
  truncateSync(fileOf('truncated'), 400_000);
  writeFileSync(fileOf('noise'), '<!doctype html>');
  behave('port', { exit: { line: BOUND, code: 1 } });
  behave('mute', { stalls: true });
  const programs = [rig.startBrain(), rig.startAgent('gpu-1')];
  await Promise.all(programs.map((program) => rig.ready(program)));
});
afterAll(() => rig.close());

const ask = (name: string, model: string, more = ''): string =>
  `### ${name}\n\n- **task_class**: llm\n- **llm_model**: ${model}\n- **retries**: 1\n${more}\n`;
const PROMPT = '- **prompt**: Say it.';

const plan = (...tasks: readonly string[]): string =>
  ['# Plan: test', '', '## Tasks', '', ...tasks].join('\n');

async function isUsable(name: string): Promise<void> {
  const batch = await play.submit(rig, plan(ask('t', 'good', PROMPT)), { plan: name });
  expect((await play.verdictOf(rig, batch, 40_000)).verdict).toBe('complete');
}

it('models that cannot be loaded: their tasks end with the code and the advice, the card goes on', async () => {
  const tasks = Object.keys(BAD).map((model) => ask(`t_${model}`, model, PROMPT));
  const batch = await play.submit(rig, plan(...tasks, ask('fine', 'good', PROMPT)));
  const { verdict, problems, counts } = await play.verdictOf(rig, batch, 50_000);
  expect(verdict).toBe('failed');
  expect(counts).toMatchObject({ complete: 1, failed: Object.keys(BAD).length });
  for (const [model, code] of Object.entries(BAD)) {
    const problem = problems.find(({ task }) => task === `t_${model}`);
    expect(problem).toMatchObject({ reason: 'unserved' });
    expect(problem!.message).toMatch(
      new RegExp(`^no model for it could be loaded: ${model} \\(gpu-1: .*\\[${code}\\] [A-Z]`),
    );
  }
  const { stdout } = await tutti(rig, 'models');
  expect(stdout).toContain('[MODEL_FILE_TRUNCATED]');
  await isUsable('after-loads');
});

it('replies that are cut or never end, and schemas that are none: coded, tried again by the rules, the card goes on', async () => {
  writeFileSync(join(rig.home, 'schema.json'), '{"type": "objekt"}');
  const schema = `${PROMPT}\n- **schema**: ${join(rig.home, 'schema.json')}`;
  const batch = await play.submit(
    rig,
    plan(
      ask('cut', 'good', '- **prompt**: play:cut-in-mid-token'),
      ask('silent', 'good', '- **prompt**: play:silent'),
      ask('shapeless', 'good', schema),
      ask('long', 'good', `- **prompt**: ${'word '.repeat(5000)}`),
    ),
    { plan: 'replies' },
  );
  expect((await play.verdictOf(rig, batch, 50_000)).verdict).toBe('failed');
  for (const [task, code] of [
    ['cut', 'MODEL_STREAM_CUT'],
    ['silent', 'MODEL_SERVER_SILENT'],
    ['shapeless', 'MODEL_SCHEMA_INVALID'],
    ['long', 'MODEL_CONTEXT_EXCEEDED'],
  ] as const) {
    const attempts = play.attemptsOf(rig, batch, task);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['failed', 'failed']);
    for (const { message } of attempts) expect(message).toMatch(new RegExp(`\\[${code}\\] [A-Z]`));
  }
  await isUsable('after-replies');
});
