// One agent of a name. Its heartbeat tells whether another one lives: on this host by the process behind
// it, elsewhere by whether it still changes, since no two hosts' clocks can be compared.
import { Fault } from '../protocol/fault.ts';
import { heartbeatSchema } from '../protocol/heartbeat.ts';
import type { Heartbeat } from '../protocol/heartbeat.ts';
import { heartbeatPath } from '../protocol/layout.ts';
import { readRecord } from '../store/records.ts';
import type { Agent } from './agent.ts';

const LOOKS = 8;

/** The heartbeat file of this name; null when there is none, or none that can be read. */
export async function readOwnHeartbeat({ ports, me }: Agent): Promise<Heartbeat | null> {
  const path = heartbeatPath(me.kind, me.name);
  const read = await readRecord(ports.store.disk, path, heartbeatSchema);
  if (read.is === 'damaged') ports.log.warn({ path, problem: read.problem }, 'damaged heartbeat');
  return read.is === 'ok' ? read.value : null;
}

/** @throws Fault AGENT_RUNNING */
export async function refuseRival(agent: Agent, found: Heartbeat | null): Promise<void> {
  if (found === null || found.state === 'stopped' || !(await isAlive(agent, found))) return;
  const holder = `pid ${found.pid} on ${found.host}`;
  throw new Fault('AGENT_RUNNING', { agent: agent.me.name, holder });
}

async function isAlive(agent: Agent, found: Heartbeat): Promise<boolean> {
  const { ports, me } = agent;
  if (found.host === me.host) {
    if (found.boot_id !== me.process.bootId) return false;
    return ports.spawner.identify(found.pid)?.startTime === found.start_time;
  }
  // Two intervals, and the delay of the mount: a live one has written by then.
  const patienceMs = 2 * found.heartbeat_interval_ms + agent.config.agent.visibilityDelayMs;
  ports.log.info(
    { host: found.host, patienceMs },
    'waits to see whether the other host still beats',
  );
  for (let look = 0; look < LOOKS; look++) {
    await ports.clock.sleep(patienceMs / LOOKS);
    const now = await readOwnHeartbeat(agent);
    if (now !== null && (now.seq !== found.seq || now.incarnation !== found.incarnation)) {
      return now.state !== 'stopped';
    }
  }
  return false;
}

/**
 * Two that were started at the same moment, or on hosts that do not see each other's processes, find each
 * other's heartbeats in the one file. Exactly one of them must leave: the lesser incarnation.
 */
export async function isSuperseded(agent: Agent, earlier: string | null): Promise<boolean> {
  const { ports, me } = agent;
  const found = await readOwnHeartbeat(agent);
  if (found === null || [me.incarnation, earlier].includes(found.incarnation)) return false;
  ports.log.error({ pid: found.pid, host: found.host }, 'another agent uses this name');
  return found.incarnation > me.incarnation;
}
