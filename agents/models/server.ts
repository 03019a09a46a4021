// A model server that belongs to this agent: a process group with a record in shared/. The record is written
// before the spawn, so that a crash between two of these lines leaves nothing that the next life cannot find:
// by its pid, or before that is known by its mark in the environment of every process of the group.
import { Fault } from '../protocol/fault.ts';
import type { ProcessIdentity } from '../protocol/attempt.ts';
import { serverLogPath, serverOwnerPath } from '../protocol/model-server.ts';
import type { ModelServerRecord } from '../protocol/model-server.ts';
import type { Exit } from '../process/spawner.ts';
import { utc } from '../process/clock.ts';
import { removeServer, writeOwner, writeServer } from '../store/model-servers.ts';
import type { RuntimePorts } from './driver.ts';
import { shimArguments } from './server-shim.ts';

export interface ServerPlan {
  readonly model: string;
  /** ModelSpec as JSON. */
  readonly spec: string;
  readonly port: number;
  readonly alias: string;
  readonly contextTokens: number;
  readonly slots: number;
  readonly reservedMib: number;
  readonly devices: string;
  readonly command: readonly string[];
}

export interface Server {
  readonly record: ModelServerRecord;
  readonly leader: ProcessIdentity;
  /** Of an adopted server nobody is told that it ends: null. */
  readonly exited: Promise<Exit> | null;
}

const MARK_LENGTH = 12;
const LOOK_MS = 50;

export async function startServer(ports: RuntimePorts, plan: ServerPlan): Promise<Server> {
  const { store, agent, spawner } = ports;
  const mark = `server.${agent.name}.${ports.random.text(MARK_LENGTH)}`;
  const record: ModelServerRecord = {
    v: 1,
    model: plan.model,
    spec: plan.spec,
    state: 'starting',
    mark,
    port: plan.port,
    alias: plan.alias,
    context_tokens: plan.contextTokens,
    slots: plan.slots,
    reserved_mib: plan.reservedMib,
    measured_mib: null,
    pid: null,
    start_time: null,
    boot_id: spawner.bootId,
    started_at: utc(ports.clock),
  };
  await writeOwner(store, agent, plan.model, ports.owner);
  await writeServer(store, agent, record);
  const log = serverLogPath(agent.kind, agent.name, plan.model);
  await store.disk.unlink(log);
  const owner = store.disk.absolute(serverOwnerPath(agent.kind, agent.name, plan.model));
  const group = spawner.start({
    file: 'sh',
    args: shimArguments(owner, ports.limits.ownerGraceS, plan.command),
    env: { ...ports.env, CUDA_VISIBLE_DEVICES: plan.devices, TUTTI_CLAIM: mark },
    cwd: '/',
    output: store.disk.absolute(log),
  });
  const exited = group.exited.catch((): Exit => ({ code: 127, signal: null }));
  const leader = spawner.identify(group.pid) ?? deadLeader(group.pid, spawner.bootId);
  const started = { ...record, pid: leader.pid, start_time: leader.startTime };
  await writeServer(store, agent, started);
  return { record: started, leader, exited };
}

/** It ended before it could be looked at; no process has this start time. */
const deadLeader = (pid: number, bootId: string): ProcessIdentity => ({
  pid,
  startTime: 'gone',
  bootId,
});

export const isServerAlive = ({ spawner }: RuntimePorts, { leader }: Server): boolean =>
  spawner.identify(leader.pid)?.startTime === leader.startTime && leader.bootId === spawner.bootId;

/** TERM, the grace, KILL; the record goes last, when the whole group is dead. */
export async function stopServer(ports: RuntimePorts, server: Server): Promise<void> {
  const { spawner, clock, limits } = ports;
  const { leader, record } = server;
  spawner.signal(leader, 'SIGTERM');
  const killMs = clock.monotonicMs() + limits.unloadGraceMs;
  let killed = false;
  while (spawner.isGroupAlive(leader)) {
    if (!killed && clock.monotonicMs() >= killMs) {
      spawner.signal(leader, 'SIGKILL');
      killed = true;
    }
    await clock.sleep(LOOK_MS);
  }
  for (const pid of spawner.stragglers(record.mark)) spawner.kill(pid);
  await removeServer(ports.store, ports.agent, record.model);
}

const LOG_BYTES_MAX = 4_194_304;
const TAIL_BYTES = 65_536;

/** The end of what the server wrote; a log that grew too large is cut, its writer appends. */
export async function readServerLog(ports: RuntimePorts, model: string): Promise<string> {
  const { disk } = ports.store;
  const path = serverLogPath(ports.agent.kind, ports.agent.name, model);
  const size = (await disk.stat(path))?.size ?? 0;
  const text = await disk.readRange(path, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
  if (size > LOG_BYTES_MAX) await disk.truncate(path, 0);
  return text ?? '';
}

export async function serverLogSize(ports: RuntimePorts, model: string): Promise<number> {
  const path = serverLogPath(ports.agent.kind, ports.agent.name, model);
  return (await ports.store.disk.stat(path))?.size ?? 0;
}

/** What an earlier life left: a living ready server, or null after everything of it was removed. */
export async function recoverServer(
  ports: RuntimePorts,
  record: ModelServerRecord,
): Promise<Server | null> {
  const { spawner } = ports;
  const { pid, start_time: startTime, boot_id: bootId } = record;
  const leader = { pid: pid ?? -1, startTime: startTime ?? 'unknown', bootId };
  const server: Server = { record, leader, exited: null };
  if (pid !== null && record.state === 'ready' && isServerAlive(ports, server)) {
    await writeOwner(ports.store, ports.agent, record.model, ports.owner);
    return server;
  }
  if (bootId === spawner.bootId) {
    for (const stray of spawner.stragglers(record.mark)) spawner.kill(stray);
    if (pid !== null) await stopServer(ports, server);
  }
  await removeServer(ports.store, ports.agent, record.model);
  return null;
}

export const serverUrl = ({ record }: Pick<Server, 'record'>): string =>
  `http://127.0.0.1:${record.port}`;

/** For messages: the whole log, on the host of the agent. */
export const serverLogPlace = (ports: RuntimePorts, model: string): string =>
  ports.store.disk.absolute(serverLogPath(ports.agent.kind, ports.agent.name, model));

export const stalled = (ports: RuntimePorts, model: string): Fault =>
  new Fault('MODEL_LOAD_STALLED', {
    model,
    seconds: Math.round(ports.limits.loadStallMs / 1000),
    log: serverLogPlace(ports, model),
  });
