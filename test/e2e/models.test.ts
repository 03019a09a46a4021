// Models on cards: loaded when tasks wait for them, given up for others and for scripts, lost and taken over. The
// servers are real processes that speak as llama-server does; only the card and the weights are not there.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { HeldModel } from '../../agents/protocol/heartbeat.ts';
import { eventually } from '../helpers/eventually.ts';
import { writeTinyLlama } from '../helpers/gguf.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { wishesOf, wishRecords } from '../helpers/wishes.ts';
import { FIXTURES } from '../models/fakes.ts';

const MODEL = { backend: 'llama-server', contextTokens: 4096, vramMib: 3000 } as const;
const CARD = { name: 'gpu-1', kind: 'simulated', vramMib: 6144 } as const;

let rig: Rig;
afterEach(() => rig.close());

type Behaviour = Readonly<Record<string, unknown>>;

const behave = (model: string, behaviour: Behaviour): void =>
  writeFileSync(join(rig.home, `${model}.gguf.fake.json`), JSON.stringify(behaviour));

async function open(more: object = {}, policy: object = {}): Promise<void> {
  rig = await openRig({
    isStarted: false,
    agents: [CARD],
    config: {
      models: {
        one: { ...MODEL, source: 'one.gguf' },
        two: { ...MODEL, source: 'two.gguf' },
      },
      backends: { llamaServer: { program: join(FIXTURES, 'fake-llama-server.mjs') } },
      modelPolicy: { residencyMsMin: 0, idleUnloadMs: 0, ...policy },
      ...more,
    },
  });
  for (const name of ['one', 'two']) writeTinyLlama(join(rig.home, `${name}.gguf`));
}

async function start(): Promise<void> {
  const programs = [rig.startBrain(), rig.startAgent('gpu-1')];
  await Promise.all(programs.map((program) => rig.ready(program)));
}

const ask = (name: string, model: string, more = ''): string =>
  `### ${name}\n\n- **task_class**: llm\n- **llm_model**: ${model}\n- **prompt**: Say ${name}.\n${more}\n`;

const plan = (...tasks: readonly string[]): string =>
  ['# Plan: test', '', '## Tasks', '', ...tasks].join('\n');

const held = (model: string): HeldModel | undefined =>
  play.heartbeatOf(rig, 'gpu-1')?.models.find((each) => each.model === model);

const wishes = (): string[] => wishesOf(rig);

it('loads each of two models once where only one has room, and gives the card back for scripts', async () => {
  await open();
  await start();
  const tasks = Array.from({ length: 8 }, (_, n) => ask(`t${n}`, n % 2 === 0 ? 'one' : 'two'));
  const script = `### draw\n\n- **task_class**: script\n- **depends_on**: t0, t1, t2, t3, t4, t5, t6, t7\n- **command**: \`true\`\n`;
  const batch = await play.submit(rig, plan(...tasks, script));
  expect((await play.verdictOf(rig, batch, 40_000)).verdict).toBe('complete');
  const [first, second] =
    play.attemptsOf(rig, batch)[0]?.result?.['model'] === 'one' ? ['one', 'two'] : ['two', 'one'];
  expect(wishes()).toEqual([
    `load ${first}: complete`,
    `unload ${first}: complete`,
    `load ${second}: complete`,
    `unload ${second}: complete`,
  ]);
  // The simulated card gives the memory back with the server: nobody waits the five seconds of a card that does not.
  const unloads = wishRecords(rig).filter(({ task }) => task.startsWith('unload'));
  for (const { duration_ms } of unloads) expect(duration_ms).toBeLessThan(4500);
  expect(play.attemptsOf(rig, batch).filter(({ outcome }) => outcome !== 'complete')).toEqual([]);
});

it('goes on after a server died in the middle of a reply', async () => {
  await open();
  behave('one', { crashAfterTokens: 2, pauseMs: 20 });
  await start();
  const batch = await play.submit(rig, plan(ask('t', 'one')));
  await eventually('the first attempt failed', () =>
    play.attemptsOf(rig, batch, 't').some(({ outcome }) => outcome === 'failed'),
  );
  behave('one', {});
  expect((await play.verdictOf(rig, batch, 40_000)).verdict).toBe('complete');
  const [failed] = play.attemptsOf(rig, batch, 't');
  expect(failed!.message).toContain('MODEL_STREAM_CUT');
  expect(wishes().filter((wish) => wish === 'load one: complete').length).toBeGreaterThan(1);
});

it('takes over the server and the tasks of an agent that was killed', async () => {
  await open();
  behave('one', { pauseMs: 100 });
  await start();
  const batch = await play.submit(rig, plan(ask('slow', 'one'), ask('next', 'one')));
  await eventually('it answers', () => play.logOf(rig, batch, 'slow').includes('echo'));
  await rig.kill('gpu-1');
  await rig.ready(rig.startAgent('gpu-1'));
  expect((await play.verdictOf(rig, batch, 40_000)).verdict).toBe('complete');
  expect(play.attemptsOf(rig, batch).map(({ outcome }) => outcome)).toEqual([
    'complete',
    'complete',
  ]);
  expect(wishes()).toEqual(['load one: complete']);
  expect(held('one')).toMatchObject({ state: 'ready', vram_reserved_mib: 3000 });
});

it('takes the next model of a role when one cannot be loaded, and fails with the story of all', async () => {
  await open({
    models: {
      one: { ...MODEL, source: 'one.gguf' },
      gone: { ...MODEL, source: 'gone.gguf' },
    },
    roles: { writer: { model: 'gone', fallbacks: ['one'] } },
  });
  await start();
  const batch = await play.submit(rig, plan(ask('good', 'writer'), ask('bad', 'gone')));
  const { verdict, problems } = await play.verdictOf(rig, batch, 40_000);
  expect(verdict).toBe('failed');
  expect(play.attemptsOf(rig, batch, 'good').at(-1)?.result?.['model']).toBe('one');
  expect(problems).toMatchObject([
    {
      task: 'bad',
      reason: 'unserved',
      message: expect.stringMatching(
        /^no model for it could be loaded: gone \(gpu-1: .*gone\.gguf/,
      ),
    },
  ]);
});
