// Worlds for decide(): open batches from the text of a plan, brought into any state by the functions that
// the brain itself uses, and decisions as lines that a person can compare.
import { expect } from 'vitest';
import { decide } from '../../agents/brain/decide.ts';
import type { Decision } from '../../agents/brain/decisions.ts';
import { COMPLETE, WAITING } from '../../agents/brain/model.ts';
import type { OpenBatch, TaskState, World } from '../../agents/brain/model.ts';
import type { AgentView } from '../../agents/brain/agent-view.ts';
import { openBatch } from '../../agents/brain/open-batch.ts';
import { newMemory } from '../../agents/brain/model-memory.ts';
import type { Policy } from '../../agents/brain/policy.ts';
import { addEntries, setState } from '../../agents/brain/progress.ts';
import { failedState } from '../../agents/brain/record.ts';
import { touch } from '../../agents/brain/touch.ts';
import { configSchema } from '../../agents/protocol/config.ts';
import type { Config } from '../../agents/protocol/config.ts';
import { childId } from '../../agents/protocol/ids.ts';
import {
  formatCounts,
  formatRank,
  NO_COUNTS,
  parseClaim,
  parseQueue,
  priorityOf,
} from '../../agents/protocol/lane-name.ts';
import type { Counts, QueueName } from '../../agents/protocol/lane-name.ts';
import type { HeldModel } from '../../agents/protocol/heartbeat.ts';
import { openNameReader } from '../../agents/protocol/name-reader.ts';
import { parsePlan } from '../../agents/protocol/plan/parse.ts';
import type { Plan } from '../../agents/protocol/plan/types.ts';
import { vramNeed } from '../../agents/protocol/task.ts';
import type { FailedReason } from '../../agents/protocol/words.ts';
import { planText } from '../helpers/plan-text.ts';

export const NOW_MS = 1_000_000;
const WALL_MS = Date.UTC(2026, 10, 21);

export const policyOf = (config: object = {}): Policy => ({ config: configSchema.parse(config) });
export const POLICY: Policy = policyOf();

type Tasks = Parameters<typeof planText>[0];

export interface BatchOptions {
  readonly priority?: number;
  /** What stands between the title and the tasks: a goal. */
  readonly before?: string;
}

/** A batch of a plan named `name`, accepted and not started. */
export function batchOf(name: string, tasks: Tasks, options: BatchOptions = {}): OpenBatch {
  const { priority = 5, before } = options;
  return batchOfPlan(name, parsePlan(planText(tasks, before), 'plan.md'), priority);
}

export function batchOfPlan(name: string, plan: Plan, priority = 5): OpenBatch {
  const id = `${name}-20261121-021455-aaaaa`;
  const written = { v: 1, submitted_at: '2026-11-21T02:14:55.000Z', submitted_by: 'me' } as const;
  return openBatch({ ...written, id, plan: name, config: {}, priority }, plan, {}, 0, true);
}

export function worldOf(batches: readonly OpenBatch[], agents: readonly AgentView[] = []): World {
  return {
    batches: new Map(batches.map((open) => [open.batch.id, open])),
    agents: new Map(agents.map((agent) => [agent.agent, agent])),
    unknownSinceMs: new Map(),
    escalations: new Map(),
    quarantined: new Map(),
    vanished: new Set(),
    aborted: new Set(),
    unloadable: new Map(),
    ratings: new Map(),
    system: null,
    memory: newMemory(),
    sequence: 0,
    readQueue: openNameReader(parseQueue),
    readClaims: openNameReader(parseClaim),
  };
}

export const agentOf = (
  agent: string,
  slots: number,
  more: Partial<AgentView> = {},
): AgentView => ({
  agent,
  kind: 'cpu',
  host: 'rig',
  state: 'alive',
  isLost: false,
  heartbeatAgeMs: 0,
  slots,
  overdueMs: new Map(),
  card: { budgetMib: 0, reservedMib: 0, isConstrained: false },
  reservation: null,
  models: [],
  incarnation: 'one',
  mark: 'one/1',
  ...more,
});

/** Expands a template as its manifest would, one item per id. */
export const expand = (open: OpenBatch, template: string, ids: readonly string[]): void =>
  addEntries(
    open,
    open.groups.get(template)!,
    ids.map((id) => ({ id: childId(template, id), items: [{ id }] })),
  );

export const closeTemplate = (
  open: OpenBatch,
  name: string,
  as: FailedReason | null = null,
): void => {
  const group = open.groups.get(name)!;
  Object.assign(group, { template: 'closed', templateReason: as, entries: group.entries ?? [] });
  touch(open, group);
};

const countsOf = (text: string): Counts => {
  const [attempt, failures, losses, notNow] = (text.match(/\d+/g) ?? []).map(Number);
  return { attempt: attempt!, failures: failures!, losses: losses!, notNow: notNow! };
};

/**
 * Brings tasks into a state: `waiting`, `queued`, `claimed cpu-1`, `complete`, `failed` or any other reason,
 * each with counts (`queued a2f1l0n0`) where the first attempt is not meant. A failure that is not final
 * waits for its backoff from `NOW_MS`.
 */
export function put(
  open: OpenBatch,
  states: Readonly<Record<string, string>>,
  policy = POLICY,
): void {
  for (const [task, text] of Object.entries(states)) {
    const { group, entry } = open.byTask.get(task)!;
    const words = text.split(' ');
    const written = words.find((word) => /^a\d+f/.test(word));
    const counts = written === undefined ? { ...NO_COUNTS, attempt: 1 } : countsOf(written);
    const [is, agent] = words.filter((word) => word !== written);
    const name: QueueName = {
      rank: formatRank(group.task.priority ?? open.batch.priority, 1),
      taskClass: group.task.task_class!,
      vram: vramNeed(group.task, policy.config.agent),
      batch: open.batch.id,
      task,
      counts,
    };
    const failed = { task, counts, reason: is as FailedReason };
    const states: Record<string, TaskState> = {
      waiting: WAITING,
      complete: COMPLETE,
      queued: { is: 'queued', name },
      claimed: { is: 'claimed', name: { ...name, agent: agent ?? 'cpu-1' } },
    };
    setState(open, group, entry, states[is!] ?? failedState(group, failed, policy, NOW_MS, agent));
    if (is === 'waiting' && written === undefined) continue;
    entry.counts = counts;
    entry.hasFile = true;
  }
}

/** What the brain decides; that deciding again decides the same, and so does looking at every heading. */
export function decided(
  world: World,
  options: { policy?: Policy; nowMs?: number } = {},
): Decision[] {
  const { policy = POLICY, nowMs = NOW_MS } = options;
  const now = { monotonicMs: nowMs, wallMs: WALL_MS };
  const first = decide(world, policy, now);
  const again = decide(world, policy, now);
  expect(linesOf(again)).toEqual(linesOf(first));
  for (const open of world.batches.values()) open.judgedBy = null;
  expect(linesOf(decide(world, policy, now))).toEqual(linesOf(first));
  const ranks = [...first, ...again].flatMap((d) =>
    'to' in d && d.is !== 'requeue' && d.is !== 'restore' ? [d.to.rank.slice(2)] : [],
  );
  expect(ranks).toEqual([...new Set(ranks)].toSorted());
  return first;
}

export const linesDecided = (...given: Parameters<typeof decided>): string[] =>
  linesOf(decided(...given));

const nameText = ({ rank, taskClass, vram, counts, avoid }: QueueName): string =>
  `${priorityOf(rank)}.${taskClass}.${vram}.${formatCounts(counts)}${avoid === undefined ? '' : ` not ${avoid}`}`;

function middleOf(decision: Decision): string {
  switch (decision.is) {
    case 'release':
    case 'begin':
    case 'restore':
    case 'retry':
    case 'requeue':
      return ` to ${nameText(decision.to)}`;
    case 'lend':
      return ` ${decision.agent} to ${decision.owner}`;
    case 'take_back':
      return ` ${decision.agent}`;
    case 'wish':
      return ` ${decision.model} on ${decision.agent}`;
    case 'revive':
      return ` as ${formatCounts(decision.counts)}`;
    case 'skip':
    case 'cancel':
    case 'fail': {
      const { from, as, counts } = decision;
      const lane = typeof from === 'string' ? from : 'queue';
      return ` from ${lane} as ${as} ${formatCounts(counts)}`;
    }
    case 'close':
      return ` as ${decision.as ?? 'complete'}`;
    case 'signal':
      return ` ${decision.verb} by ${decision.by} to ${decision.claim.agent}`;
    default:
      return '';
  }
}

/** `release demo/scan to 5.cpu.1024.a1f0l0n0: it depends on nothing` */
export const linesOf = (decisions: readonly Decision[]): string[] =>
  decisions.map((decision) => {
    const batch = decision.batch.split('-')[0]!;
    const what = 'task' in decision ? `${batch}/${decision.task}` : batch;
    return `${decision.is} ${what}${middleOf(decision)}: ${decision.reason}`;
  });

/** Makes the moves that bring tasks into the queue, as if nobody claimed them yet. */
export function carryOut(world: World, decisions: readonly Decision[]): void {
  for (const decision of decisions) {
    if (decision.is !== 'release') continue;
    const open = world.batches.get(decision.batch)!;
    const { group, entry } = open.byTask.get(decision.task)!;
    setState(open, group, entry, { is: 'queued', name: decision.to });
  }
}

export const settingsOf = (brain: Partial<Config['brain']>): Policy => policyOf({ brain });

/** In a roster, a model that takes 3000 MiB. */
export const MODEL = { backend: 'llama-server', source: 'x.gguf', vramMib: 3000 } as const;

/** As a heartbeat has it. */
export const heldOf = (model: string, more: Partial<HeldModel> = {}): HeldModel => ({
  model,
  backend: 'llama-server',
  state: 'cold',
  draining: false,
  on_card: true,
  slots: 1,
  slots_used: 0,
  context_tokens: 4096,
  vram_need_mib: 3000,
  vram_reserved_mib: more.state === 'ready' ? 3000 : 0,
  vram_measured_mib: null,
  refused: null,
  note: null,
  ...more,
});
