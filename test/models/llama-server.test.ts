// llama-server as it behaves on bad days. The server is a process of its own without a model; the memory of the card
// is a ledger that all servers share, so that whoever takes too much really fails.
import { chmodSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ChatRequest } from '../../agents/models/chat-types.ts';
import type { Runtime } from '../../agents/models/runtime.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { eventually } from '../helpers/eventually.ts';
import { isAlive } from '../helpers/processes.ts';
import { Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(async () => {
  const left = await stage.close();
  if (left.length > 0) throw new Error(left.join('; '));
});

const HELLO: ChatRequest = { messages: [{ role: 'user', content: 'hello' }] };
const LONG: ChatRequest = { messages: [{ role: 'user', content: 'w '.repeat(400) }] };

async function faultOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'no fault';
}
const heldOf = (runtime: Runtime) =>
  runtime.held().map(({ model, state, reservedMib }) => ({ model, state, reservedMib }));

describe('a load that fails', () => {
  it('stalled: nothing is said for too long', async () => {
    const runtime = await stage.open({ loadStallMs: 400 });
    const load = runtime.ensureReady(stage.model('mute', { stalls: true }));
    expect(await faultOf(load)).toMatch(
      /^MODEL_LOAD_STALLED: model mute has shown no sign of life/,
    );
    expect(stage.servers).toEqual([]);
    expect(heldOf(runtime)).toEqual([{ model: 'mute', state: 'failed', reservedMib: 0 }]);
  });

  it('is no stall while it talks, however long it takes', async () => {
    const runtime = await stage.open({ loadStallMs: 700 });
    const notes: string[] = [];
    const onProgress = (note: string) => void notes.push(note);
    await runtime.ensureReady(stage.model('slow', { loadMs: 1500, talkMs: 100 }), { onProgress });
    expect(notes.length).toBeGreaterThan(2);
  });

  it('tells the last words of a server that ends', async () => {
    const runtime = await stage.open();
    const exit = { line: 'error: unknown model architecture: demo', code: 3 };
    expect(await faultOf(runtime.ensureReady(stage.model('odd', { exit })))).toBe(
      'MODEL_LOAD_FAILED: the server of model odd ended before it was ready: exit status 3: error: unknown model architecture: demo',
    );
  });

  it('says that the program is not there, or cannot be run', async () => {
    const runtime = await stage.open();
    const spec = stage.model('demo');
    const absent = { ...spec, program: join(stage.home, 'llama-server') };
    expect(await faultOf(runtime.ensureReady(absent))).toMatch(/^MODEL_ENGINE_MISSING/);
    writeFileSync(absent.program, 'no program');
    chmodSync(absent.program, 0o644);
    expect(await faultOf(runtime.ensureReady(absent))).toMatch(/^MODEL_ENGINE_MISSING/);
    expect(await faultOf(runtime.ensureReady(spec))).toBe('no fault');
  });

  it('a port that is taken: once more with another one, then a fault', async () => {
    const runtime = await stage.open();
    const exit = { line: "srv start: couldn't bind HTTP server socket", code: 1 };
    const once = stage.model('once', { exit: { ...exit, once: true } });
    expect(await faultOf(runtime.ensureReady(once))).toBe('no fault');
    const always = stage.model('always', { exit });
    expect(await faultOf(runtime.ensureReady(always))).toMatch(
      /^MODEL_PORT_TAKEN: port \d+, chosen for the server of model always, was taken/,
    );
  });

  it('a missing and a cut file, before anything is started', async () => {
    const runtime = await stage.open();
    const spec = stage.model('demo');
    truncateSync(spec.source, 400_000);
    expect(await faultOf(runtime.ensureReady(spec))).toMatch(/^MODEL_FILE_TRUNCATED/);
    rmSync(spec.source);
    expect(await faultOf(runtime.ensureReady(spec))).toMatch(/^MODEL_FILE_MISSING/);
    expect(stage.list(`gpus/${stage.agent}/servers`)).toEqual([]);
  });

  it('another server that answers on its port is not taken for it', async () => {
    const runtime = await stage.open({ loadStallMs: 400 });
    const load = runtime.ensureReady(stage.model('demo', { answersAs: 'stranger' }));
    expect(await faultOf(load)).toMatch(/^MODEL_LOAD_STALLED/);
  });
});

describe('memory', () => {
  it('is what the server logs, plus its context, and is remembered for the next load', async () => {
    stage.setCard(8000);
    const runtime = await stage.open();
    const spec = { ...stage.model('demo', { mib: 900, mibPer1024Tokens: 25 }), name: 'demo' };
    const { vramMib } = await runtime.ensureReady(spec);
    expect(vramMib).toBe(900 + 4 * 25 + 250);
    const [held] = runtime.held();
    expect(held).toMatchObject({ measuredMib: 1250, reservedMib: 1250 });
    expect(held!.estimatedMib).toBeLessThan(400);
    await runtime.unload('demo');
    await runtime.ensureReady(spec);
    expect(runtime.held()[0]).toMatchObject({ estimatedMib: 1250 });
  });

  it('an idle model makes room, the least recently used first; a working one never does', async () => {
    stage.setCard(4000);
    const runtime = await stage.open();
    const [a, b, c] = ['a', 'b', 'c'].map((name) => ({
      ...stage.model(name, { mib: 1000 }),
      vramMib: 1300,
    }));
    await runtime.ensureReady(a!);
    await runtime.ensureReady(b!);
    await runtime.ensureReady(a!);
    await runtime.ensureReady(c!);
    expect(heldOf(runtime).map(({ model }) => model)).toEqual(['a', 'c']);
    stage.busy.add('a').add('c');
    expect(await faultOf(runtime.ensureReady(b!))).toBe(
      'MODEL_NO_ROOM: there is no room for model b at the moment: 1300 MiB needed, 3200 MiB for models on this card, 1500 MiB free, loaded: a 1300 MiB (working), c 1300 MiB (working)',
    );
    expect(heldOf(runtime).slice(0, 2)).toEqual([
      { model: 'a', state: 'ready', reservedMib: 1300 },
      { model: 'c', state: 'ready', reservedMib: 1300 },
    ]);
  });

  it('what can never fit is refused with the sums, and nothing is evicted for it', async () => {
    stage.setCard(2000);
    const runtime = await stage.open();
    await runtime.ensureReady({ ...stage.model('a'), vramMib: 500 });
    const large = { ...stage.model('large'), vramMib: 1700 };
    expect(await faultOf(runtime.ensureReady(large))).toBe(
      'MODEL_TOO_LARGE: model large cannot fit this card: 1700 MiB needed, 1600 MiB for models on this card',
    );
    expect(heldOf(runtime)[0]).toEqual({ model: 'a', state: 'ready', reservedMib: 500 });
  });

  it('ran out: an automatic context is halved, once', async () => {
    stage.setCard(2000);
    const runtime = await stage.open();
    const spec = {
      ...stage.model('demo', { mib: 500, mibPer1024Tokens: 250 }),
      contextTokens: null,
    };
    expect((await runtime.ensureReady(spec)).contextTokens).toBe(4096);
  });

  it('ran out: a fixed context is kept, the idle models go', async () => {
    stage.setCard(2000);
    const runtime = await stage.open();
    await runtime.ensureReady({ ...stage.model('a', { mib: 700 }), vramMib: 300 });
    const spec = { ...stage.model('b', { mib: 1000 }), vramMib: 300 };
    expect((await runtime.ensureReady(spec)).contextTokens).toBe(4096);
    expect(heldOf(runtime).map(({ model }) => model)).toEqual(['b']);
  });

  it('ran out with nothing to give: a fault, and the card is usable afterwards', async () => {
    stage.setCard(2000);
    const runtime = await stage.open();
    const large = { ...stage.model('large', { mib: 3000 }), vramMib: 300 };
    expect(await faultOf(runtime.ensureReady(large))).toMatch(
      /^MODEL_OOM: memory ran out while model large was loading: .*unable to allocate CUDA0 buffer$/,
    );
    expect(await faultOf(runtime.ensureReady(stage.model('small')))).toBe('no fault');
  });

  it('comes back a while after an unload, and the next load waits for it', async () => {
    stage.setCard(2000);
    const runtime = await stage.open();
    const a = { ...stage.model('a', { mib: 1500, lingerMs: 700 }), vramMib: 1500 };
    await runtime.ensureReady(a);
    await runtime.unload('a');
    expect(stage.freeMib).toBe(2000);
    await runtime.ensureReady({ ...stage.model('b', { mib: 1500 }), vramMib: 1500 });
  });
});

describe('a server that ends', () => {
  it('in the middle of a reply: the stream is cut, the model failed, and it can be loaded again', async () => {
    const runtime = await stage.open();
    const spec = stage.model('demo', { crashAfterTokens: 5, pauseMs: 2 });
    await runtime.ensureReady(spec);
    expect(await faultOf(runtime.chat('demo', LONG))).toMatch(/^MODEL_STREAM_CUT/);
    await eventually('the model counts as failed', () => runtime.held()[0]?.state === 'failed');
    expect(runtime.held()[0]!.note).toBe('it ended with SIGABRT');
    expect(await faultOf(runtime.chat('demo', HELLO))).toMatch(/it ended with SIGABRT$/);
    await runtime.ensureReady(spec);
    expect((await runtime.chat('demo', HELLO)).text).toBe('echo: hello');
  });

  it('ignores TERM: it is killed after the grace', async () => {
    const runtime = await stage.open({ unloadGraceMs: 300 });
    await runtime.ensureReady(stage.model('demo', { ignoresTerm: true }));
    await runtime.unload('demo');
    expect(stage.servers).toEqual([]);
  });

  it('an agent that is gone for good takes its servers with it', async () => {
    const runtime = await stage.open({ ownerGraceS: 1 });
    await runtime.ensureReady(stage.model('demo'));
    const server = runtime.held()[0]!.pid!;
    stage.orphan('demo');
    await eventually('the server ends', () => !isAlive(server));
    await eventually('its watcher ends', () => stage.servers.length === 0);
    expect(runtime.held()).toMatchObject([{ state: 'failed' }]);
  });
});

describe('the next life of the agent', () => {
  it('takes over what is ready, and does not load it again', async () => {
    const first = await stage.open();
    const spec = { ...stage.model('demo'), vramMib: 700 };
    const ready = await first.ensureReady(spec);
    const { pid } = first.held()[0]!;
    const second = await stage.open();
    expect(second.held()).toMatchObject([{ model: 'demo', state: 'ready', pid, reservedMib: 700 }]);
    expect(await second.ensureReady(spec)).toEqual({ ...ready, loadMs: 0 });
    expect((await second.chat('demo', HELLO)).text).toBe('echo: hello');
    process.kill(pid!, 'SIGKILL');
    await eventually('health notices', async () => {
      await second.health();
      return second.held()[0]?.state === 'failed';
    });
    expect(second.held()[0]!.note).toBe('its process has ended');
  });

  it('answers for what it takes over, and for nothing else', async () => {
    const first = await stage.open({ ownerGraceS: 1 });
    const [good, damaged] = [stage.model('good'), stage.model('damaged')];
    await first.ensureReady(good);
    await first.ensureReady(damaged);
    const pids = first.held().map(({ pid }) => pid!);
    stage.orphan('good');
    stage.orphan('damaged');
    writeFileSync(join(stage.home, `shared/gpus/${stage.agent}/servers/damaged.json`), '{"v":');
    const second = await stage.open();
    expect(second.held().map(({ model }) => model)).toEqual(['good']);
    await eventually('the unknown one ends', () => !isAlive(pids[1]!));
    expect(isAlive(pids[0]!)).toBe(true);
    expect((await second.chat('good', HELLO)).text).toBe('echo: hello');
    // Whoever watched over it may have taken it along by now.
    rmSync(join(stage.home, `shared/gpus/${stage.agent}/servers/damaged.json`), { force: true });
  });

  it('removes what was still loading, and what died meanwhile', async () => {
    const first = await stage.open();
    const load = first.ensureReady(stage.model('slow', { stalls: true }));
    const failed = faultOf(load);
    const server = await eventually('it is loading', () => stage.servers[0]);
    const second = await stage.open();
    expect(second.held()).toEqual([]);
    expect(await failed).toMatch(/^MODEL_LOAD_FAILED: .* SIG(TERM|KILL)/);
    expect(isAlive(server)).toBe(false);
    expect(
      stage.list(`gpus/${stage.agent}/servers`).filter((name) => name.endsWith('.json')),
    ).toEqual([]);
  });
});

describe('one load at a time on a host', () => {
  it('the second waits for the first and says so', async () => {
    const [one, two] = [await stage.open(), await stage.open()];
    const notes: string[] = [];
    const onProgress = (note: string) => void notes.push(note);
    const first = one.ensureReady(stage.model('a', { loadMs: 800 }));
    await eventually('the first is loading', () => stage.servers.length > 0);
    await two.ensureReady(stage.model('b'), { onProgress });
    expect(one.held()[0]!.state).toBe('ready');
    expect(notes[0]).toMatch(/^waiting for its turn: \S+ loads a \(pid \d+\)$/);
    await first;
  });
});
