// The forms of --json, written down a second time: a field that changes its name or meaning breaks here
// first, and then asks for the next version number.
import * as z from 'zod';
import { agentRecord } from './agent-schema.ts';
import { syncRecord } from './sync-schema.ts';

const counts = {
  waiting: z.int(),
  queued: z.int(),
  running: z.int(),
  retrying: z.int(),
  complete: z.int(),
  failed: z.int(),
  skipped: z.int(),
  cancelled: z.int(),
};

const task = z.strictObject({
  batch: z.string(),
  task: z.string(),
  heading: z.string(),
  state: z.enum([
    'waiting',
    'queued',
    'running',
    'retrying',
    'complete',
    'failed',
    'skipped',
    'cancelled',
  ]),
  attempt: z.int(),
  agent: z.string().nullable(),
  reason: z.string().nullable(),
  elapsed_ms: z.number().nullable(),
  retry_in_ms: z.number().nullable(),
  log: z.string().nullable(),
});

const group = z.strictObject({
  task: z.string(),
  foreach: z.boolean(),
  depends_on: z.array(z.string()),
  waits_for: z.array(z.string()),
  total: z.int().nullable(),
  result: z.enum(['open', 'complete', 'failed', 'skipped', 'cancelled']),
  duration_ms_mean: z.number().nullable(),
  ...counts,
});

const batch = z.strictObject({
  batch: z.string(),
  plan: z.string(),
  state: z.enum(['submitted', 'accepted', 'running', 'paused', 'cancelling']),
  elapsed_ms: z.number().nullable(),
  eta_ms: z.number().nullable(),
  eta_unknown: z.array(z.string()),
  goal: z.strictObject({ tracked_task: z.string(), target: z.int(), accepted: z.int() }).nullable(),
  problem: z.string().nullable(),
  groups: z.array(group),
  running: z.array(task),
  problems: z.array(task),
  problems_omitted: z.int(),
});

const closed = z.strictObject({
  first_problem: z
    .strictObject({ task: z.string(), reason: z.string(), log: z.string().nullable() })
    .nullable(),
  batch: z.string(),
  plan: z.string(),
  verdict: z.enum(['complete', 'failed', 'cancelled', 'rejected']),
  reason: z.string(),
  counts: z.strictObject({
    total: z.int(),
    complete: z.int(),
    failed: z.int(),
    skipped: z.int(),
    cancelled: z.int(),
  }),
  duration_ms: z.number().nullable(),
  finished_at: z.string(),
});

export const statusSchema = z.strictObject({
  schema: z.literal('tutti.status/1'),
  at: z.string(),
  shared: z.string(),
  mount: z.string(),
  network: z.boolean(),
  sync: syncRecord.nullable(),
  brain: z.strictObject({
    state: z.enum(['alive', 'stopped', 'dead', 'none', 'unknown']),
    host: z.string().nullable(),
    pid: z.int().nullable(),
    epoch: z.int(),
    picture_age_ms: z.number().nullable(),
  }),
  agents: z.array(agentRecord),
  batches: z.array(batch),
  stalled: z.array(z.string()),
  commands_pending: z.int(),
  escalations: z.array(z.string()),
  quarantined: z.array(z.string()),
  closed: z.array(closed),
  tasks: z.array(task).optional(),
});

export const explainSchema = z.strictObject({
  schema: z.literal('tutti.explain/1'),
  batch: z.string(),
  plan: z.string(),
  task: z.string(),
  heading: z.string(),
  state: z.string(),
  attempt: z.int(),
  reasons: z.array(z.string()),
  log: z.string().nullable(),
});

export const submitSchema = z.discriminatedUnion('dry_run', [
  z.strictObject({
    schema: z.literal('tutti.submit/1'),
    dry_run: z.literal(false),
    batch: z.string(),
    plan: z.string(),
    import: z.enum(['new', 'reused', 'renamed']).nullable(),
    brain: z.enum(['alive', 'stopped', 'dead', 'none', 'unknown']),
  }),
  z.strictObject({
    schema: z.literal('tutti.submit/1'),
    dry_run: z.literal(true),
    plan: z.string(),
    import: z.boolean(),
    priority: z.int(),
    inputs: z.record(z.string(), z.unknown()),
    tasks: z.array(
      z.strictObject({
        step: z.int(),
        task: z.string(),
        executor: z.enum(['brain', 'worker']),
        task_class: z.string().nullable(),
        vram: z.union([z.number(), z.literal('all')]),
        depends_on: z.array(z.string()),
        foreach: z.string().nullable(),
        batch_size: z.int().nullable(),
        priority: z.int().nullable(),
      }),
    ),
    warnings: z.array(z.string()),
  }),
]);

export const validateSchema = z.strictObject({
  schema: z.literal('tutti.validate/1'),
  plan: z.string(),
  file: z.string(),
  errors: z.array(
    z.strictObject({
      code: z.string(),
      message: z.string(),
      advice: z.string(),
      file: z.string().nullable(),
      line: z.int().nullable(),
      column: z.int().nullable(),
    }),
  ),
  warnings: z.array(z.string()),
});

export const gcSchema = z.strictObject({
  schema: z.literal('tutti.gc/1'),
  action: z.enum(['archive', 'delete']),
  dry_run: z.boolean(),
  batches: z.array(z.strictObject({ batch: z.string(), plan: z.string(), verdict: z.string() })),
});

export const fitSchema = z.strictObject({
  schema: z.literal('tutti.fit/1'),
  file: z.string(),
  title: z.string().nullable(),
  architecture: z.string(),
  context_tokens_max: z.int(),
  weights_mib: z.int(),
  slots: z.int(),
  cards: z.array(
    z.strictObject({
      card: z.string(),
      budget_mib: z.number(),
      context_tokens: z.record(z.string(), z.int()),
    }),
  ),
});

export const modelsSchema = z.strictObject({
  schema: z.literal('tutti.models/1'),
  models: z.array(
    z.strictObject({
      model: z.string(),
      backend: z.string(),
      source: z.string(),
      tier: z.int(),
      names: z.array(z.string()),
      agents: z.array(
        z.strictObject({
          agent: z.string(),
          state: z.string(),
          partners: z.array(z.string()),
          slots: z.int(),
          slots_used: z.int(),
          context_tokens: z.int().nullable(),
          vram_need_mib: z.number().nullable(),
          vram_reserved_mib: z.number(),
          vram_measured_mib: z.number().nullable(),
          budget_mib: z.number(),
          refused: z.string().nullable(),
          note: z.string().nullable(),
        }),
      ),
    }),
  ),
});

export const vramSchema = z.strictObject({
  schema: z.literal('tutti.vram/1'),
  tasks: z.array(
    z.strictObject({
      plan: z.string(),
      task: z.string(),
      peaks_mib: z.array(z.number()),
      need_mib: z.int(),
      at: z.string(),
    }),
  ),
});

const spread = z.strictObject({ median: z.number(), min: z.number(), max: z.number() }).nullable();

export const benchModelsSchema = z.strictObject({
  schema: z.literal('tutti.bench_models/1'),
  backends: z.array(
    z.strictObject({
      backend: z.string(),
      prompt_tokens_per_s: spread,
      generated_tokens_per_s: spread,
      seen_from_outside: z.boolean(),
      first_token_ms: spread,
      load_ms: z.number().nullable(),
      vram_mib: z.number().nullable(),
      joules_per_token: spread,
      command_line: z.string().nullable(),
    }),
  ),
});

export const doctorSchema = z.strictObject({
  schema: z.literal('tutti.doctor/1'),
  path: z.string(),
  safe: z.boolean(),
  network: z.boolean(),
  mount: z
    .strictObject({
      type: z.string(),
      source: z.string(),
      point: z.string(),
      options: z.array(z.string()),
    })
    .nullable(),
  other: z.strictObject({ host: z.string(), pid: z.int() }).nullable(),
  checks: z.array(
    z.strictObject({
      check: z.string(),
      result: z.enum(['ok', 'warning', 'refused']),
      found: z.string(),
      advice: z.string().nullable(),
    }),
  ),
  visibility_ms: z
    .strictObject({
      name: z.int(),
      listing: z.int(),
      removal: z.int(),
      attributes: z.int(),
      content: z.int(),
    })
    .nullable(),
  lease: z
    .strictObject({
      heartbeat_interval_ms: z.int(),
      delay_ms: z.int(),
      safe_lease_ms: z.int(),
      lease_ms: z.int(),
      visibility_delay_ms: z.int(),
    })
    .nullable(),
  mount_line: z.string().nullable(),
});
