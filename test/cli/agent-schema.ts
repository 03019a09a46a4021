// One agent of tutti.status/1.
import { z } from 'zod';

const reservation = z.strictObject({
  at: z.string(),
  by: z.string(),
  reason: z.string(),
  until: z.string().nullable(),
  lent_to: z.strictObject({ agent: z.string(), model: z.string() }).nullable(),
});

export const agentRecord = z.strictObject({
  agent: z.string(),
  kind: z.enum(['gpu', 'cpu']),
  host: z.string().nullable(),
  state: z.enum([
    'alive',
    'stopped',
    'lost',
    'dead',
    'unknown',
    'paused',
    'reserved',
    'stopping',
    'fenced',
    'constrained',
  ]),
  heartbeat_age_ms: z.number().nullable(),
  reservation: reservation.nullable(),
  constrained: z.array(z.string()),
  temperature_celsius: z.number().nullable(),
  power_watts: z.number().nullable(),
  vram_budget_mib: z.number(),
  vram_reserved_mib: z.number(),
  slots: z.int(),
  slots_used: z.int(),
  hot: z.boolean(),
  model: z.string().nullable(),
  running: z.array(
    z.strictObject({
      batch: z.string(),
      task: z.string(),
      attempt: z.int(),
      task_class: z.string(),
      timeout_ms: z.number(),
      vram_reserved_mib: z.number(),
      elapsed_ms: z.number(),
    }),
  ),
  why_not_claimed: z.record(z.string(), z.string()),
});
