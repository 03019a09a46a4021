// Waits until a server has loaded its model. No time limit: a model of 200 GB on a slow disk takes as long as it
// takes. What ends the wait is silence: whatever the server writes to its log starts the timer anew.
import { Fault } from '../protocol/fault.ts';
import type { RuntimePorts } from './driver.ts';
import { ask } from './http.ts';
import { failureOf, lastWords } from './server-log.ts';
import {
  isServerAlive,
  readServerLog,
  serverLogPlace,
  serverLogSize,
  serverUrl,
  stalled,
} from './server.ts';
import type { Server } from './server.ts';

const FIRST_WAIT_MS = 50;
const WAIT_MS_MAX = 500;
const ANSWER_MS_MAX = 5000;
const NOTE_CHARACTERS_MAX = 100;

/** @throws Fault MODEL_OOM, MODEL_PORT_TAKEN, MODEL_ENGINE_MISSING, MODEL_LOAD_FAILED, MODEL_LOAD_STALLED; the reason of `signal` */
export async function awaitReady(
  ports: RuntimePorts,
  server: Server,
  signal: AbortSignal,
  onProgress: (note: string) => void,
): Promise<void> {
  const { clock, limits } = ports;
  const { model } = server.record;
  let seen = { size: -1, atMs: clock.monotonicMs() };
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 1.5, WAIT_MS_MAX)) {
    signal.throwIfAborted();
    if (!isServerAlive(ports, server)) throw await explainEnd(ports, server);
    if (await answers(ports, server, signal)) return;
    const size = await serverLogSize(ports, model);
    if (size !== seen.size) {
      seen = { size, atMs: clock.monotonicMs() };
      onProgress(await lastLine(ports, model));
    }
    if (clock.monotonicMs() - seen.atMs > limits.loadStallMs) throw stalled(ports, model);
    await clock.sleep(waitMs, signal);
  }
}

/** Healthy, and really the server that was started: another program may have taken the port. */
export async function answers(
  ports: RuntimePorts,
  { record }: Server,
  signal?: AbortSignal,
): Promise<boolean> {
  const { model, alias } = record;
  const get = async (path: string): Promise<unknown> =>
    ask(
      ports,
      { model, url: `${serverUrl({ record })}${path}`, keyVariable: null },
      { method: 'GET', signal, silenceMsMax: Math.min(ANSWER_MS_MAX, ports.limits.silenceMsMax) },
    );
  try {
    await get('/health');
    const { data } = (await get('/v1/models')) as { data?: readonly { id?: string }[] };
    return data?.some(({ id }) => id === alias) === true;
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return false;
  }
}

async function lastLine(ports: RuntimePorts, model: string): Promise<string> {
  const lines = (await readServerLog(ports, model)).split('\n').map((line) => line.trim());
  return (lines.findLast((line) => line !== '') ?? 'started').slice(-NOTE_CHARACTERS_MAX);
}

async function explainEnd(ports: RuntimePorts, server: Server): Promise<Fault> {
  const { model, port } = server.record;
  const exit = await server.exited;
  const log = await readServerLog(ports, model);
  const problem = lastWords(log);
  switch (failureOf(log, exit?.code ?? null)) {
    case 'memory':
      return new Fault('MODEL_OOM', { model, problem });
    case 'port':
      return new Fault('MODEL_PORT_TAKEN', { model, port });
    case 'program':
      return new Fault('MODEL_ENGINE_MISSING', { model, problem });
    case 'other': {
      const how = exit?.signal ?? (exit === null ? 'without a trace' : `exit status ${exit.code}`);
      const place = serverLogPlace(ports, model);
      return new Fault('MODEL_LOAD_FAILED', { model, problem: `${how}: ${problem}`, log: place });
    }
  }
}
