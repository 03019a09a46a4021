// Tasks that ask a model, on a server that runs already: prompts with inputs and schemas, their results, commands
// that are told where the model is, and what happens when nothing usable comes back.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { jsonOf, textOf } from '../helpers/tree.ts';
import { startServer } from '../models/fakes.ts';
import type { Fake } from '../models/fakes.ts';

const KEY = 'TUTTI_TEST_KEY';
let rig: Rig;
let server: Fake;

beforeAll(async () => {
  server = await startServer('fake-openai', ['--model', 'tiny', '--key', 'secret-1']);
  process.env[KEY] = 'secret-1';
  rig = await openRig({
    agents: [{ name: 'cpu-1', kind: 'cpu', slots: 2 }],
    config: {
      models: { small: { backend: 'openai', source: 'tiny', slots: 2 } },
      roles: { writer: { model: 'small', temperature: 0.1, replyTokensMax: 50 } },
      aliases: { quick: 'small' },
      backends: { openai: { baseUrl: `${server.url}/v1`, keyVariable: KEY } },
    },
  });
});
afterAll(async () => {
  await rig.close();
  await server.end();
});

const tasks = (text: string): string => `# Plan: test\n\n## Tasks\n\n${text}`;
const file = (batch: string, path: string): string => rig.at(`${play.folderOf(batch)}/${path}`);

it('sends prompts with files and results, validates replies, and keeps what they cost', async () => {
  const text = tasks(`### note

- **task_class**: cpu
- **command**: \`echo 'a fine day' > results/note.txt; echo '{"mood": "good"}'\`

### title

- **task_class**: llm
- **llm_model**: writer
- **depends_on**: note
- **inputs**: results/note.txt, note
- **prompt**: Give it a title.
- **output_file**: {BATCH_PATH}/output/title.json
- **schema**:

  \`\`\`json
  { "type": "object", "properties": { "title": { "type": "string" } }, "required": ["title"] }
  \`\`\`

### judge

- **task_class**: llm
- **llm_model**: quick
- **depends_on**: title
- **inputs**: title
- **max_tokens**: 500
- **prompt**: Is it good?
`);
  const batch = await play.submit(rig, text);
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  expect(jsonOf(file(batch, 'output/title.json'))).toEqual({ title: 'x' });
  // The fake answers what it was told, so its prompt can be read in the reply.
  const prompt = jsonOf(file(batch, 'attempts/title.a1.prompt.json')) as Record<string, unknown>;
  expect(prompt).toMatchObject({ temperature: 0.1, max_tokens: 50, endpoint: { model: 'tiny' } });
  expect(textOf(file(batch, 'results/judge.txt'))).toBe(
    'echo: Is it good?\n\n--- title ---\n{\n  "title": "x"\n}\n',
  );
  const [title] = play.attemptsOf(rig, batch, 'title');
  expect(title).toMatchObject({
    outcome: 'complete',
    agent: 'cpu-1',
    result: {
      model: 'small',
      tries: 1,
      finish_reason: 'stop',
      prompt_tokens: expect.any(Number),
      generated_tokens: 4,
      generated_tokens_per_second: 100,
      prompt_tokens_per_second: 500,
      first_token_ms: expect.any(Number),
      output_file: 'output/title.json',
      reply: { title: 'x' },
    },
  });
  expect(play.logOf(rig, batch, 'judge')).toContain('echo: Is it good?');
  // The key is in no file of shared/.
  expect(JSON.stringify(prompt)).not.toContain('secret-1');
});

it('tells a command where its model is', async () => {
  const text = tasks(`### ask

- **task_class**: llm
- **llm_model**: quick
- **command**: \`echo "$WORKER_API_BASE $WORKER_MODEL $${KEY}"\`
`);
  const batch = await play.submit(rig, text, { plan: 'ask' });
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
  expect(play.logOf(rig, batch, 'ask')).toBe(`${server.url}/v1 tiny secret-1\n`);
});

it('asks again when a reply does not fit, says why, and fails in the end', async () => {
  const text = tasks(`### name

- **task_class**: llm
- **retries**: 0
- **llm_model**: small
- **prompt**: Name it.
- **schema**:

  \`\`\`json
  { "type": "string", "minLength": 5 }
  \`\`\`
`);
  const batch = await play.submit(rig, text, { plan: 'name' });
  expect((await play.verdictOf(rig, batch)).verdict).toBe('failed');
  const [record] = play.attemptsOf(rig, batch, 'name');
  expect(record).toMatchObject({ outcome: 'failed', exit_code: 1 });
  expect(record!.message).toContain(
    'no reply of model small could be used in 3 tries; the last: the value must NOT have fewer than 5 characters [PROMPT_REPLY]',
  );
  expect(play.logOf(rig, batch, 'name')).toContain('[tutti: try 2 of 3: the value must NOT have');
});

it('waits for a server that is away, without using up attempts', async () => {
  await server.end();
  const text = tasks(`### late

- **task_class**: llm
- **retries**: 0
- **prompt**: Still there?
`);
  const batch = await play.submit(rig, text, { plan: 'late' });
  await eventually('it said "not now"', () =>
    play.attemptsOf(rig, batch, 'late').some(({ outcome }) => outcome === 'not_now'),
  );
  const { port } = new URL(server.url);
  server = await startServer('fake-openai', ['--port', port, '--key', 'secret-1']);
  expect((await play.verdictOf(rig, batch)).verdict).toBe('complete');
});

it('refuses a model that the roster does not have, and says which it has', async () => {
  const text = tasks(`### lost

- **task_class**: llm
- **llm_model**: wrter
- **prompt**: Where am I?
`);
  const batch = await play.submit(rig, text, { plan: 'lost' });
  const { verdict, errors } = await play.verdictOf(rig, batch);
  expect(verdict).toBe('rejected');
  expect(errors).toEqual([
    expect.stringMatching(
      /plan\.md:8:18: there is no role, alias or model `wrter` \[ROSTER_NAME_UNKNOWN\]\n {4}Did you mean `writer`\? Known names: writer, quick, small\./,
    ),
  ]);
});

it('refuses a decision where the roster has no brain, and says what to do', async () => {
  const text = tasks(`### route

- **task_class**: llm
- **decide**: Where to?
- **options**: left, right
`);
  const batch = await play.submit(rig, text, { plan: 'route' });
  const { verdict, errors } = await play.verdictOf(rig, batch);
  expect(verdict).toBe('rejected');
  expect(errors).toEqual([
    expect.stringMatching(
      /plan\.md:5:1: this task needs the thinking brain \(`decide`\), and the roster has no role `brain` \[ROSTER_BRAIN_MISSING\]/,
    ),
  ]);
});
