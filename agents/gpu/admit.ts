// Which waiting tasks this agent claims now, and one sentence per class for what it leaves. Pure: a
// listing and a picture of the agent in, names out.
//
// The order is strict: the first task that has to wait for memory of this agent's own tasks keeps that
// memory from everything behind it, or small tasks would overtake a large one for ever. A task that
// this card could not run even if it were idle stops nobody.
import { formatQueue, priorityOf } from '../protocol/lane-name.ts';
import type { QueueName } from '../protocol/lane-name.ts';
import type { TaskClass } from '../protocol/words.ts';
import { refuseMemory, reservationOf } from './card-memory.ts';
import type { CardMemory, Reservation } from './card-memory.ts';
import { AGENT_CLASSES, claimMode, claimOrder, whyNotNow } from './claim-order.ts';

export interface AdmitView {
  readonly waiting: readonly QueueName[];
  /** Why nothing at all is claimed: `paused`, `stopping`, …; null while work is wanted. */
  readonly halt: string | null;
  readonly isHot: boolean;
  readonly constrained: readonly string[];
  readonly slots: number;
  readonly metaSlots: number;
  readonly running: readonly Reservation[];
  /** Null for an agent without a card. */
  readonly card: CardMemory | null;
  /** What the memory that comes free is kept for, before anything else is claimed. */
  readonly keptFor?: string | null;
  /** The models that this agent may hold, by name. */
  readonly models?: ReadonlyMap<string, ServedModel>;
  /** By file name: for how long a task that failed here is still left to other agents. */
  readonly avoidMs: ReadonlyMap<string, number>;
  /** How many places into the candidates of equal priority the first try goes; 0 without contention. */
  readonly offset: number;
}

/** What a model has to give at the moment. */
export interface ServedModel {
  readonly slots: number;
  readonly used: number;
  /** Why nothing is claimed for it; null while it is ready. */
  readonly problem: string | null;
}

export type Reasons = Partial<Record<TaskClass, string>>;

export interface Admission {
  readonly claims: readonly QueueName[];
  readonly why: Reasons;
}

export function decideClaims(view: AdmitView): Admission {
  const isServing = view.models !== undefined && view.models.size > 0;
  const mode = claimMode({ ...view, hasCard: view.card !== null, isServing });
  const order = claimOrder(mode);
  const running = [...view.running];
  const claims: QueueName[] = [];
  const why: Reasons = {};
  let keptFor: string | null = view.keptFor ?? null;

  for (const taskClass of order) {
    for (const name of candidates(view, taskClass)) {
      const refusal = refuse(view, running, claims, name, keptFor);
      if (refusal === null) {
        claims.push(name);
        running.push(claimed(name, view));
        continue;
      }
      why[taskClass] ??= refusal.reason;
      if (refusal.isHolding) keptFor = `${taskClass} task ${name.task}`;
      if (refusal.isLast) break;
    }
  }
  for (const taskClass of AGENT_CLASSES) {
    if (order.includes(taskClass) || !view.waiting.some((name) => name.taskClass === taskClass)) {
      continue;
    }
    why[taskClass] = view.halt ?? whyNotNow(mode, view.constrained);
  }
  return { claims, why };
}

const claimed = (name: QueueName, { card }: AdmitView): Reservation => ({
  taskClass: name.taskClass,
  reservedMib: reservationOf(name, card),
  usedMib: null,
  ...(name.model === undefined ? {} : { isServed: true as const }),
});

/**
 * The tasks of a class in claim order. Under contention the leading ones of equal priority are tried
 * from an offset of one's own, or every agent would try, and all but one lose, the same file.
 */
function candidates(view: AdmitView, taskClass: TaskClass): QueueName[] {
  const sorted = view.waiting
    .filter((name) => name.taskClass === taskClass)
    .toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
  if (view.offset === 0 || sorted.length < 2) return sorted;
  const first = priorityOf(sorted[0]!.rank);
  const equals = sorted.filter((name) => priorityOf(name.rank) === first);
  const start = view.offset % equals.length;
  return [...equals.slice(start), ...equals.slice(0, start), ...sorted.slice(equals.length)];
}

/** As file names are ordered: by rank, which is at their beginning and of one length, and seldom the same. */
const isBefore = (a: QueueName, b: QueueName): boolean =>
  a.rank === b.rank ? formatQueue(a) < formatQueue(b) : a.rank < b.rank;

interface Refusal {
  readonly reason: string;
  /** Nothing behind it in its class can be claimed either. */
  readonly isLast: boolean;
  readonly isHolding: boolean;
}

function refuse(
  view: AdmitView,
  running: readonly Reservation[],
  claims: readonly QueueName[],
  name: QueueName,
  keptFor: string | null,
): Refusal | null {
  const last = (reason: string): Refusal => ({ reason, isLast: true, isHolding: false });
  if (view.halt !== null) return last(view.halt);
  const avoidMs = view.avoidMs.size === 0 ? 0 : (view.avoidMs.get(formatQueue(name)) ?? 0);
  if (avoidMs > 0) {
    const reason = `failed here before, waits ${Math.ceil(avoidMs / 1000)} s for another agent`;
    return { reason, isLast: false, isHolding: false };
  }
  const metas = running.filter(({ taskClass }) => taskClass === 'meta').length;
  if (name.taskClass === 'meta') {
    return metas < view.metaSlots ? null : last(`${metas} of ${view.metaSlots} meta slots busy`);
  }
  if (name.taskClass === 'llm' && name.model !== undefined) {
    const reason = refuseModel(view, claims, name.model);
    return reason === null ? null : { reason, isLast: false, isHolding: false };
  }
  if (name.taskClass === 'llm' && view.card === null) {
    return { reason: 'it names no model and needs a card', isLast: false, isHolding: false };
  }
  const busy = running.filter((task) => task.taskClass !== 'meta' && task.isServed !== true).length;
  if (busy >= view.slots) return last(`${busy} of ${view.slots} slots busy`);
  if (view.card === null) return null;
  if (keptFor !== null) return last(`the card is kept for ${keptFor}`);
  const refusal = refuseMemory(view.card, running, name);
  if (refusal === null) return null;
  // The memory of a model comes back when the brain has it unloaded: nothing is kept for that long.
  const isHolding = refusal.isHolding && !(view.isHot && name.taskClass === 'llm');
  return { ...refusal, isHolding, isLast: isHolding };
}

/** A task on a model takes one of its slots, and no memory of its own. */
function refuseModel(
  { models }: AdmitView,
  claims: readonly QueueName[],
  model: string,
): string | null {
  const served = models?.get(model);
  if (served === undefined) return `this agent may not hold model ${model}`;
  if (served.problem !== null) return served.problem;
  const taken = claims.filter((name) => name.taskClass === 'llm' && name.model === model).length;
  const used = served.used + taken;
  return used < served.slots ? null : `${used} of ${served.slots} slots of model ${model} busy`;
}
