// A heartbeat of a card that does nothing.
import { heartbeatSchema } from '../../agents/protocol/heartbeat.ts';
import type { Heartbeat } from '../../agents/protocol/heartbeat.ts';

export const beatOf = (more: object): Heartbeat =>
  heartbeatSchema.parse({
    v: 1,
    agent: 'gpu-1',
    kind: 'gpu',
    simulated: false,
    host: 'rig',
    pid: 1,
    start_time: '1',
    boot_id: 'boot',
    incarnation: 'one',
    seq: 1,
    epoch: 1,
    at: '',
    state: 'running',
    hot: false,
    model: null,
    constrained: [],
    card: null,
    budget_mib: 8000,
    reserved_mib: 0,
    foreign_mib: 0,
    slots: 4,
    slots_used: 0,
    classes: [],
    running: [],
    why_not_claimed: {},
    heartbeat_interval_ms: 1,
    lease_ms: 1,
    tasks_done: 0,
    claims_lost: 0,
    vram_headroom_mib: 512,
    ...more,
  });
