// Agents that are nothing but a heartbeat.
import { bootId, realSpawner } from '../../agents/process/spawner.ts';
import { HOST } from './house.ts';
import type { House } from './house.ts';

/** A heartbeat of an agent that this test process is. */
export function writeHeartbeat(house: House, agent: string, change: object): void {
  const identity = realSpawner.identify(process.pid)!;
  house.write(`cpus/${agent}/heartbeat.json`, {
    v: 1,
    agent,
    kind: 'cpu',
    simulated: false,
    host: HOST,
    pid: identity.pid,
    start_time: identity.startTime,
    boot_id: bootId,
    incarnation: 'i',
    seq: 1,
    epoch: 1,
    at: new Date().toISOString(),
    state: 'running',
    hot: false,
    model: null,
    constrained: [],
    card: null,
    budget_mib: 0,
    reserved_mib: 0,
    foreign_mib: null,
    slots: 2,
    slots_used: 0,
    classes: ['cpu'],
    running: [],
    why_not_claimed: {},
    heartbeat_interval_ms: 5000,
    lease_ms: 20_000,
    tasks_done: 0,
    claims_lost: 0,
    vram_headroom_mib: 0,
    ...change,
  });
}
