// One model over two cards: gathered, loaded, given back, and what happens to all of it when somebody dies. The server is
// a real process that speaks as llama-server does and tells which cards it was given.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import type { HeldModel, Heartbeat } from '../../agents/protocol/heartbeat.ts';
import { SYSTEM_PLAN } from '../../agents/protocol/ids.ts';
import { eventually } from '../helpers/eventually.ts';
import { writeTinyLlama } from '../helpers/gguf.ts';
import * as play from '../helpers/plays.ts';
import { isAlive, pids } from '../helpers/processes.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { jsonOf, namesIn, textOf } from '../helpers/tree.ts';
import { FIXTURES } from '../models/fakes.ts';

const MODEL = { backend: 'llama-server', contextTokens: 4096, vramMib: 3000 } as const;
const AGENTS = ['gpu-1', 'gpu-2'];

let rig: Rig;
afterEach(() => rig.close());

const behave = (behaviour: object): void =>
  writeFileSync(join(rig.home, 'big.gguf.fake.json'), JSON.stringify(behaviour));

async function open(policy: object = {}, sections: object = {}): Promise<void> {
  rig = await openRig({
    isStarted: false,
    agents: AGENTS.map((name) => ({ name, kind: 'simulated', vramMib: 6144 })),
    config: {
      models: {
        big: { ...MODEL, source: 'big.gguf', vramMib: 8000, cards: 2 },
        one: { ...MODEL, source: 'one.gguf' },
      },
      backends: { llamaServer: { program: join(FIXTURES, 'fake-llama-server.mjs') } },
      modelPolicy: { residencyMsMin: 0, idleUnloadMs: 0, groupStableMs: 600, ...policy },
      ...sections,
    },
  });
  for (const name of ['big', 'one']) writeTinyLlama(join(rig.home, `${name}.gguf`));
}

async function start(...names: readonly string[]): Promise<void> {
  const programs = names.map((name) =>
    name === 'brain' ? rig.startBrain() : rig.startAgent(name),
  );
  await Promise.all(programs.map((program) => rig.ready(program)));
}

const ask = (name: string, model: string, more = ''): string =>
  `### ${name}\n\n- **task_class**: llm\n- **llm_model**: ${model}\n- **prompt**: Say ${name}.\n${more}\n`;
const idle = (name: string): string =>
  `### ${name}\n\n- **task_class**: script\n- **command**: \`true\`\n`;
const plan = (...tasks: readonly string[]): string =>
  ['# Plan: test', '', '## Tasks', '', ...tasks].join('\n');

const beat = (agent: string): Heartbeat => play.heartbeatOf(rig, agent)!;
const held = (agent: string, model = 'big'): HeldModel =>
  beat(agent).models.find((each) => each.model === model)!;
/** Whoever owns the group, and whoever has lent it a card. */
const owner = (): string => AGENTS.find((agent) => held(agent).state === 'ready')!;
const partnerOf = (agent: string): string => AGENTS.find((each) => each !== agent)!;

/** A mount may show its record later than what it answers. */
const server = (agent: string): Promise<{ readonly pid: number }> =>
  eventually(
    'the record of its server is seen',
    () => jsonOf(rig.at(`gpus/${agent}/servers/big.json`)) as { readonly pid: number } | null,
  );

/** `load_split gpu-1: complete`, of every attempt of a wish. */
const wishes = (): string[] =>
  namesIn(rig.at(`plans/${SYSTEM_PLAN}/batches`)).flatMap((batch) => {
    play.know(batch, SYSTEM_PLAN);
    return play
      .attemptsOf(rig, batch)
      .map(
        ({ task, outcome }) => `${task.replace(/_\d+$/, '').replace(/_(?=gpu)/, ' ')}: ${outcome}`,
      );
  });

const loaded = (): Promise<string> =>
  eventually('the model is ready on two cards', () => {
    const agent = AGENTS.find((each) => play.heartbeatOf(rig, each) !== null && owner() === each);
    return agent !== undefined && beat(partnerOf(agent)).state === 'reserved' && agent;
  });

it('gathers two cards, loads the model on both, and gives them back for scripts', async () => {
  await open();
  await start('brain', ...AGENTS);
  const batch = await play.submit(
    rig,
    plan(ask('a', 'big', '- **llm_placement**: split_gpu'), ask('b', 'big')),
  );
  expect((await play.verdictOf(rig, batch, 40_000)).verdict).toBe('complete');
  const agent = await loaded();
  const partner = partnerOf(agent);
  expect(held(agent)).toMatchObject({ partners: [partner], vram_reserved_mib: 4000 });
  expect(beat(partner).reservation).toMatchObject({
    by: 'brain',
    reason: `2 tasks wait for big, which takes 2 cards with ${agent}`,
    lent_to: { agent, model: 'big' },
  });
  const environment = textOf(`/proc/${(await server(agent)).pid}/environ`)!.split('\0');
  expect(environment).toContain(`CUDA_VISIBLE_DEVICES=SIM-${agent},SIM-${partner}`);
  const next = await play.submit(rig, plan(...['x', 'y'].map(idle)));
  expect((await play.verdictOf(rig, next, 40_000)).verdict).toBe('complete');
  await eventually('both are free', () => AGENTS.every((each) => beat(each).state === 'running'));
  expect(wishes()).toEqual([`load_split ${agent}: complete`, `unload_llm ${agent}: complete`]);
  expect(namesIn(rig.at('signals'))).toEqual(['done']);
});

it('waits for what runs on the partner, and ends none of it, also when the brain is killed meanwhile', async () => {
  await open({ maxWaitMs: 500 });
  await start('brain', ...AGENTS);
  const scripts = AGENTS.map(
    (name) =>
      `### ${name}\n\n- **task_class**: script\n- **vram_estimate_mb**: 4000\n- **command**: \`sleep 4 && echo done\`\n`,
  );
  const first = await play.submit(rig, plan(...scripts));
  await eventually('both run', () => AGENTS.every((agent) => beat(agent).running.length === 1));
  const second = await play.submit(rig, plan(ask('a', 'big')));
  const partner = await eventually('a card is lent', () =>
    AGENTS.find((agent) => beat(agent).state === 'reserved'),
  );
  expect(beat(partner).running).toHaveLength(1);
  expect(held(partnerOf(partner)).state).toBe('cold');
  await rig.kill('brain');
  await start('brain');
  expect((await play.verdictOf(rig, first, 40_000)).verdict).toBe('complete');
  expect((await play.verdictOf(rig, second, 40_000)).verdict).toBe('complete');
  expect(play.attemptsOf(rig, first).map(({ outcome }) => outcome)).toEqual([
    'complete',
    'complete',
  ]);
  expect(wishes()).toEqual([`load_split ${partnerOf(partner)}: complete`]);
});

it('goes on when the brain, the partner and the owner are killed, one after the other', async () => {
  await open();
  behave({ pauseMs: 100 });
  await start('brain', ...AGENTS);
  const batch = await play.submit(rig, plan(ask('a', 'big'), ask('b', 'big'), ask('c', 'big')));
  await eventually('the first answers', () => play.logOf(rig, batch, 'a').includes('echo'));
  const agent = owner();
  const { pid } = await server(agent);
  await rig.kill('brain');
  await start('brain');
  await rig.kill(partnerOf(agent));
  await start(partnerOf(agent));
  expect(beat(partnerOf(agent)).state).toBe('reserved');
  await rig.kill(agent);
  await start(agent);
  expect((await play.verdictOf(rig, batch, 60_000)).verdict).toBe('complete');
  expect((await server(agent)).pid).toBe(pid);
  expect(held(agent)).toMatchObject({ state: 'ready', partners: [partnerOf(agent)] });
  expect(beat(partnerOf(agent)).state).toBe('reserved');
  expect(play.attemptsOf(rig, batch).map(({ outcome }) => outcome)).toEqual(
    Array.from({ length: 3 }, () => 'complete'),
  );
  expect(wishes()).toEqual([`load_split ${agent}: complete`]);
});

it('gives a gathered card back when the brain was killed and nothing wants it any more', async () => {
  await open({ groupStableMs: 60_000 });
  await start('brain', ...AGENTS);
  const batch = await play.submit(rig, plan(ask('a', 'big')));
  await eventually('a card is lent', () =>
    AGENTS.some((agent) => beat(agent).state === 'reserved'),
  );
  await rig.kill('brain');
  await play.command(rig, 'cancel', batch);
  await start('brain');
  await eventually('both are free', () => AGENTS.every((each) => beat(each).state === 'running'));
  expect((await play.verdictOf(rig, batch)).verdict).toBe('cancelled');
  expect(wishes()).toEqual([]);
});

it('loads a server again that was killed in the middle of a task, and gives the cards back after that', async () => {
  await open();
  behave({ pauseMs: 100 });
  await start('brain', ...AGENTS);
  const batch = await play.submit(rig, plan(ask('a', 'big')));
  await eventually('it answers', () => play.logOf(rig, batch, 'a').includes('echo'));
  const agent = owner();
  const { pid } = await server(agent);
  process.kill(pid, 'SIGKILL');
  expect((await play.verdictOf(rig, batch, 40_000)).verdict).toBe('complete');
  const [failed, ...rest] = play.attemptsOf(rig, batch, 'a');
  expect(failed).toMatchObject({ outcome: 'failed', message: expect.stringMatching(/MODEL_/) });
  expect(rest.at(-1)).toMatchObject({ outcome: 'complete', result: { model: 'big' } });
  expect((await server(agent)).pid).not.toBe(pid);
  expect(held(agent)).toMatchObject({ state: 'ready', partners: [partnerOf(agent)] });
  const script = await play.submit(rig, plan(...['x', 'y'].map(idle)));
  expect((await play.verdictOf(rig, script, 40_000)).verdict).toBe('complete');
  await eventually('both are free', () => AGENTS.every((each) => beat(each).state === 'running'));
  expect(wishes().toSorted()).toEqual([
    `load_split ${agent}: complete`,
    `load_split ${agent}: complete`,
    `unload_llm ${agent}: complete`,
  ]);
});

it('gives the partner back when the owner never returns, not before its server has ended', async () => {
  await open({}, { runtime: { ownerGraceS: 3 } });
  await start('brain', ...AGENTS);
  const batch = await play.submit(rig, plan(ask('a', 'big')));
  await play.verdictOf(rig, batch, 40_000);
  const agent = await loaded();
  const { pid } = await server(agent);
  await rig.kill(agent);
  const partner = partnerOf(agent);
  await eventually('the server has ended', () => !isAlive(pid));
  expect(beat(partner).state).toBe('reserved');
  await eventually('it is free', () => beat(partner).state === 'running');
  expect(pids()).not.toContain(pid);
});

it('tries a group three times, then sets it aside and says why; another brain knows it', async () => {
  await open();
  behave({ exit: { line: 'error: unknown model architecture: demo', code: 3 } });
  await start('brain', ...AGENTS);
  const batch = await play.submit(rig, plan(ask('a', 'big')));
  const { verdict, problems } = await play.verdictOf(rig, batch, 60_000);
  expect(verdict).toBe('failed');
  expect(problems).toMatchObject([
    {
      task: 'a',
      reason: 'unserved',
      message: expect.stringContaining('unknown model architecture'),
    },
  ]);
  const failed = wishes();
  expect(failed).toHaveLength(3);
  expect(new Set(failed).size).toBe(1);
  await eventually('both are free', () => AGENTS.every((each) => beat(each).state === 'running'));
  await rig.kill('brain');
  await start('brain');
  const again = await play.submit(rig, plan(ask('a', 'big')));
  const told = (await play.verdictOf(rig, again, 60_000)).problems;
  expect(told).toMatchObject([{ reason: 'unserved', message: problems[0]!.message }]);
  expect(wishes()).toEqual(failed);
});

it('claims nothing while a lent card is hot, and says whose', async () => {
  await open();
  await start('brain', ...AGENTS);
  const batch = await play.submit(rig, plan(ask('a', 'big')));
  await play.verdictOf(rig, batch, 40_000);
  const agent = await loaded();
  const partner = partnerOf(agent);
  await rig.kill(partner);
  const path = join(rig.home, 'config.json');
  const config = jsonOf(path) as { agents: { name: string; curve?: object[] }[] };
  const hot = config.agents.find(({ name }) => name === partner)!;
  hot.curve = [{ atMs: 0, temperatureCelsius: 90 }];
  writeFileSync(path, JSON.stringify(config));
  await start(partner);
  await eventually('the owner knows', () => beat(agent).constrained.length > 0);
  expect(beat(agent).constrained).toEqual([`${partner}: temperature 90 °C ≥ 83 °C`]);
  expect(held(agent).state).toBe('ready');
});
