// The driver of the engines that the agent starts itself: llama-server, and the embedded server. They differ in
// their command and in whether they use the card.
import { Fault } from '../protocol/fault.ts';
import { freePort } from '../process/free-port.ts';
import { readServers, writeServer } from '../store/model-servers.ts';
import { answers, awaitReady } from './await-ready.ts';
import type { Driver, DriverPorts, Engine, Loaded, LoadOrder } from './driver.ts';
import { needOf, remember } from './need.ts';
import type { ModelSpec } from './runtime.ts';
import { measuredMib } from './server-log.ts';
import {
  isServerAlive,
  readServerLog,
  recoverServer,
  serverUrl,
  startServer,
  stopServer,
} from './server.ts';
import type { Server } from './server.ts';

const ALIAS_LENGTH = 6;

export interface Adopted {
  readonly spec: ModelSpec;
  readonly loaded: Loaded;
  readonly reservedMib: number;
}

export interface OwnedDriver extends Driver {
  /** What an earlier life of this agent left alive and ready; everything else of it is removed. */
  adopt(): Promise<Adopted[]>;
}

export function createOwnedDriver(ports: DriverPorts, engine: Engine): OwnedDriver {
  const servers = new WeakMap<Loaded, Server>();
  const track = (spec: ModelSpec, server: Server, loadMs: number | null): Loaded => {
    const loaded = loadedOf(spec, server, loadMs);
    servers.set(loaded, server);
    return loaded;
  };
  return {
    need: (spec, roomMib) => needOf(ports, engine, spec, roomMib),
    load: async (order) => {
      const startMs = ports.clock.monotonicMs();
      const server = await loadOnce(ports, engine, order).catch((error: unknown) => {
        // Between choosing a port and its use somebody took it: another one is as good.
        if (error instanceof Fault && error.code === 'MODEL_PORT_TAKEN') {
          return loadOnce(ports, engine, order);
        }
        throw error;
      });
      return track(order.spec, server, ports.clock.monotonicMs() - startMs);
    },
    unload: (loaded) => stopServer(ports, servers.get(loaded)!),
    probe: async (loaded) => {
      const server = servers.get(loaded)!;
      if (!isServerAlive(ports, server)) return { is: 'gone', problem: 'its process has ended' };
      const problem = `no healthy answer from ${serverUrl(server)}`;
      return (await answers(ports, server)) ? { is: 'alive' } : { is: 'silent', problem };
    },
    adopt: async () => {
      const found: Adopted[] = [];
      for (const record of await readServers(ports.store, ports.agent)) {
        const spec = JSON.parse(record.spec) as ModelSpec;
        if (spec.driver !== engine.name) continue;
        const server = await recoverServer(ports, record);
        if (server === null) continue;
        if (await answers(ports, server)) {
          const reservedMib = record.reserved_mib;
          found.push({ spec, loaded: track(spec, server, null), reservedMib });
        } else await stopServer(ports, server);
      }
      return found;
    },
  };
}

function loadedOf(spec: ModelSpec, server: Server, loadMs: number | null): Loaded {
  const { record, exited, leader } = server;
  const contextTokens = record.context_tokens;
  return {
    endpoint: {
      name: spec.name,
      dialect: 'openai',
      baseUrl: `${serverUrl(server)}/v1`,
      model: record.alias,
      keyVariable: null,
      contextTokens,
    },
    contextTokens,
    vramMib: record.measured_mib,
    loadMs,
    pid: leader.pid,
    isOurs: true,
    onGone: (listener) => {
      void exited?.then(({ code, signal }) =>
        listener(`it ended with ${signal ?? `exit status ${code}`}`),
      );
    },
  };
}

const partnersOf = ({ split }: ModelSpec): string[] =>
  (split?.partners ?? []).map(({ device }) => device);

/** One try: a spawn, the wait, the measurement. Whatever goes wrong, the group is gone when it rejects. */
async function loadOnce(ports: DriverPorts, engine: Engine, order: LoadOrder): Promise<Server> {
  const { spec, need, signal } = order;
  const contextTokens = need.contextTokens!;
  const port = await freePort();
  const alias = `${spec.name}-${ports.random.text(ALIAS_LENGTH)}`;
  const devices = [ports.card.devices, ...partnersOf(spec)].join(',');
  const before = ports.card.memory();
  const server = await startServer(ports, {
    model: spec.name,
    spec: JSON.stringify(spec),
    port,
    alias,
    contextTokens,
    slots: spec.slots,
    reservedMib: order.reservedMib,
    devices: engine.usesCard ? devices : '',
    command: engine.command({ spec, port, alias, contextTokens, devices }),
  });
  try {
    await awaitReady(ports, server, signal, order.onProgress);
    const after = ports.card.memory();
    const logged = measuredMib(await readServerLog(ports, spec.name));
    const delta = before === null || after === null ? null : before.freeMib - after.freeMib;
    const seen = logged ?? (delta !== null && delta > 0 ? delta : null);
    const measured = engine.usesCard ? seen : null;
    const record = { ...server.record, state: 'ready' as const, measured_mib: measured };
    await writeServer(ports.store, ports.agent, record);
    if (measured !== null) await remember(ports, engine, spec, contextTokens, measured);
    return { ...server, record };
  } catch (error) {
    await stopServer(ports, server);
    throw error;
  }
}
