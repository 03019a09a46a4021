// One heartbeat per agent, one writer each. A reader ages it by watching (incarnation, seq) change on
// its own monotonic clock; the time stamps in it are for people (docs/ARCHITECTURE.md, rule 4).
import * as z from 'zod';
import { AGENT_NAME } from './ids.ts';
import { reservationSchema } from './reservation.ts';
import { BACKENDS } from './roster.ts';
import { TASK_CLASSES } from './words.ts';

/** Telemetry of a card. Null is "could not be read", never zero. Units: °C, W, MiB, %, MHz. */
export const cardSchema = z.strictObject({
  uuid: z.string(),
  name: z.string().nullable(),
  temperature_celsius: z.number().nullable(),
  power_watts: z.number().nullable(),
  power_limit_watts: z.number().nullable(),
  vram_total_mib: z.number().nullable(),
  vram_used_mib: z.number().nullable(),
  utilisation_percent: z.number().nullable(),
  clock_mhz: z.number().nullable(),
  /** Active reasons such as `hw_thermal_slowdown`; null when unknown. */
  throttle_reasons: z.array(z.string()).nullable(),
});
export type Card = z.infer<typeof cardSchema>;

export const AGENT_STATES = [
  'running',
  'paused',
  'reserved',
  'stopping',
  'stopped',
  'fenced',
] as const;

export const runningSchema = z.strictObject({
  batch: z.string(),
  task: z.string(),
  attempt: z.int(),
  task_class: z.enum(TASK_CLASSES),
  pid: z.int().nullable(),
  started_at: z.string(),
  /** How long it has run by the agent's monotonic clock, at the time of this heartbeat. */
  elapsed_ms: z.number(),
  timeout_ms: z.number(),
  vram_reserved_mib: z.number(),
  vram_used_mib: z.number().nullable(),
  adopted: z.boolean(),
});
export type Running = z.infer<typeof runningSchema>;

export const MODEL_STATES = ['cold', 'loading', 'ready', 'unloading', 'failed'] as const;

/** One model of the roster that this agent may hold. */
export const heldModelSchema = z.strictObject({
  model: z.string(),
  backend: z.enum(BACKENDS),
  state: z.enum(MODEL_STATES),
  /** On its way out: nothing new is claimed for it. */
  draining: z.boolean(),
  /** Whether it takes memory of this card when it is loaded. */
  on_card: z.boolean(),
  /** Of a split model that is held: the agents whose cards it takes beside this one. */
  partners: z.array(z.string().regex(AGENT_NAME)).optional(),
  slots: z.int(),
  slots_used: z.int(),
  /** Per slot; null where nobody knows. */
  context_tokens: z.int().nullable(),
  /** What it would reserve: declared, measured before or estimated; null while that is not known. */
  vram_need_mib: z.number().nullable(),
  vram_reserved_mib: z.number(),
  vram_measured_mib: z.number().nullable(),
  /** Why this agent can never hold it; null when it can. */
  refused: z.string().nullable(),
  /** The last sign of life while it loads, or why it failed. */
  note: z.string().nullable(),
});
export type HeldModel = z.infer<typeof heldModelSchema>;

export const heartbeatSchema = z.strictObject({
  v: z.literal(1),
  agent: z.string().regex(AGENT_NAME),
  kind: z.enum(['gpu', 'cpu']),
  simulated: z.boolean(),
  host: z.string(),
  pid: z.int(),
  start_time: z.string(),
  boot_id: z.string(),
  /** New for every start of the agent. */
  incarnation: z.string(),
  seq: z.int().min(0),
  /** The newest brain epoch this agent has seen. */
  epoch: z.int().min(0),
  at: z.string(),
  state: z.enum(AGENT_STATES),
  /** Whom its card is kept for; null when for nobody. */
  reservation: reservationSchema.nullable().default(null),
  hot: z.boolean(),
  model: z.string().nullable(),
  models: z.array(heldModelSchema).default([]),
  /** Why only meta and cpu tasks are claimed; empty when unconstrained. */
  constrained: z.array(z.string()),
  card: cardSchema.nullable(),
  /** MiB that may be reserved, that are reserved, and that other programs hold; zeros for a CPU agent. */
  budget_mib: z.number(),
  reserved_mib: z.number(),
  foreign_mib: z.number().nullable(),
  slots: z.int(),
  slots_used: z.int(),
  /** The classes this agent can ever run, in its present claim order. */
  classes: z.array(z.enum(TASK_CLASSES)),
  running: z.array(runningSchema),
  /** Per class: why the first waiting task of that class was not claimed at the last look. */
  why_not_claimed: z.partialRecord(z.enum(TASK_CLASSES), z.string()),
  heartbeat_interval_ms: z.number(),
  lease_ms: z.number(),
  tasks_done: z.int(),
  /** Claims that another agent won, since this one started. */
  claims_lost: z.int(),
  vram_headroom_mib: z.number(),
});
export type Heartbeat = z.infer<typeof heartbeatSchema>;
