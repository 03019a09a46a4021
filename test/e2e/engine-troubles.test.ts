// The real engine on bad days: its server is killed in the middle of a reply, its agent dies, its memory runs out.
// Random weights never stop by themselves where the schema asks for more, so that there is a middle to hit.
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { serversPath } from '../../agents/protocol/model-server.ts';
import type { ModelServerRecord } from '../../agents/protocol/model-server.ts';
import { eventually } from '../helpers/eventually.ts';
import { writeTinyLlama } from '../helpers/gguf.ts';
import * as play from '../helpers/plays.ts';
import { isAlive } from '../helpers/processes.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { wishesOf, wishRecords } from '../helpers/wishes.ts';
import { isEngineInstalled } from '../models/stage.ts';

const why = isEngineInstalled ? '' : ' (skipped: node-llama-cpp is not installed)';
const MODEL = { backend: 'embedded', contextTokens: 8192, vramMib: 2000 } as const;
const CARD = { name: 'gpu-1', kind: 'simulated', vramMib: 6144 } as const;

let rig: Rig;
afterEach(() => rig.close());

/** `contexts`: tokens that each model was trained for, by name. */
async function start(
  contexts: Readonly<Record<string, number>>,
  more: object,
  args: readonly string[] = [],
): Promise<void> {
  rig = await openRig({
    isStarted: false,
    agents: [CARD],
    config: {
      backends: { embedded: { arguments: ['--threads', '1', ...args] } },
      modelPolicy: { residencyMsMin: 0, loadTriesMax: 1 },
      ...more,
    },
  });
  for (const [name, context] of Object.entries(contexts)) {
    writeTinyLlama(join(rig.home, `${name}.gguf`), { context });
  }
  const programs = [rig.startBrain(), rig.startAgent('gpu-1')];
  await Promise.all(programs.map((program) => rig.ready(program)));
}

/** A reply of a few seconds. */
const LONG = `- **max_tokens**: 6000
- **schema**:

  \`\`\`json
  {
    "type": "array",
    "minItems": 10,
    "maxItems": 10,
    "items": { "type": "array", "minItems": 10, "maxItems": 10, "items": { "enum": ["a", "b"] } }
  }
  \`\`\``;

const ask = (name: string, model: string, more: string): string =>
  `# Plan: test\n\n## Tasks\n\n### ${name}\n\n- **task_class**: llm\n- **llm_model**: ${model}\n- **prompt**: Say it.\n${more}\n`;

const server = (model: string): ModelServerRecord | null =>
  rig.read(`${serversPath('gpu', 'gpu-1')}/${model}.json`) as ModelServerRecord | null;

const speaks = (batch: string, task: string): Promise<unknown> =>
  eventually('it is in the middle of its reply', () =>
    /("[ab]",\s*){5}/.test(play.logOf(rig, batch, task)),
  );

describe.skipIf(!isEngineInstalled)(`the real engine${why}`, () => {
  it('killed in the middle of a reply: the attempt fails with a code, the next one completes', async () => {
    await start({ one: 16_384 }, { models: { one: { ...MODEL, source: 'one.gguf' } } });
    const batch = await play.submit(rig, ask('t', 'one', LONG));
    await speaks(batch, 't');
    const { pid } = server('one')!;
    process.kill(pid!, 'SIGKILL');
    expect((await play.verdictOf(rig, batch, 50_000)).verdict).toBe('complete');
    const [failed, ...rest] = play.attemptsOf(rig, batch, 't');
    expect(failed).toMatchObject({ outcome: 'failed' });
    expect(failed!.message).toMatch(/MODEL_(STREAM_CUT|SERVER_GONE)/);
    expect(rest.at(-1)).toMatchObject({ outcome: 'complete', result: { model: 'one' } });
    expect(wishesOf(rig)).toEqual(['load one: complete', 'load one: complete']);
    expect(server('one')!.pid).not.toBe(pid);
  });

  it('outlives its agent: the next one adopts the server and the task, and loads nothing', async () => {
    await start({ one: 16_384 }, { models: { one: { ...MODEL, source: 'one.gguf' } } });
    const batch = await play.submit(rig, ask('t', 'one', LONG));
    await speaks(batch, 't');
    const { pid } = server('one')!;
    await rig.kill('gpu-1');
    expect(isAlive(pid!)).toBe(true);
    await rig.ready(rig.startAgent('gpu-1'));
    expect((await play.verdictOf(rig, batch, 50_000)).verdict).toBe('complete');
    expect(play.attemptsOf(rig, batch).map(({ outcome }) => outcome)).toEqual(['complete']);
    expect(wishesOf(rig)).toEqual(['load one: complete']);
    expect(server('one')!.pid).toBe(pid);
  });

  it('out of memory: a coded load, the next model of the role, and a card that is as good as before', async () => {
    const roles = { writer: { model: 'large', fallbacks: ['small'] } };
    const large = { ...MODEL, source: 'large.gguf', contextTokens: 262_144 };
    const small = { ...MODEL, source: 'small.gguf', contextTokens: 2048 };
    // The keys and values of the large context take 64 MiB.
    const args = ['--ram-mib', '40'];
    await start({ large: 262_144, small: 2048 }, { models: { large, small }, roles }, args);
    const batch = await play.submit(rig, ask('t', 'writer', '- **max_tokens**: 20'));
    expect((await play.verdictOf(rig, batch, 50_000)).verdict).toBe('complete');
    expect(play.attemptsOf(rig, batch).at(-1)?.result).toMatchObject({ model: 'small' });
    const [first, second] = wishRecords(rig);
    expect(first).toMatchObject({ outcome: 'failed', error_type: 'MODEL_OOM' });
    expect(first!.message).toContain('262144 is too large for the available RAM');
    expect(second).toMatchObject({ outcome: 'complete', result: { model: 'small' } });
    const held = play.heartbeatOf(rig, 'gpu-1')!.models;
    expect(held.find(({ model }) => model === 'large')).toMatchObject({ vram_reserved_mib: 0 });
    expect(held.find(({ model }) => model === 'small')).toMatchObject({ state: 'ready' });
  });
});
