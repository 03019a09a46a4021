// Watches every change of the lanes and every command while they happen, and notes what must not be:
// invariants I1, I2, I3, I5, I6 and I7 of docs/TESTING.md. What only shows at the end is in verdict.ts.
import { BRAIN_AGENT } from '../../agents/protocol/ids.ts';
import { heartbeatPath } from '../../agents/protocol/layout.ts';
import { taskSchema } from '../../agents/protocol/task.ts';
import type { Audience, Run } from './host.ts';
import { keyOf, LaneIndex } from './lane-index.ts';
import type { LaneListener, Placed } from './lane-index.ts';
import { Ledger } from './ledger.ts';
import type { MemoryTree } from './memory-tree.ts';
import type { FileNode } from './nodes.ts';
import type { Heading, Play } from './workload.ts';

export interface AgentCard {
  readonly name: string;
  readonly kind: 'gpu' | 'cpu';
  /** What may be reserved on its card, in MiB; null without a card. */
  readonly budgetMib: number | null;
}

interface Beat {
  lastMs: number;
  /** When the agent last came back after a silence in which others may take its work. */
  lapsedMs: number;
}

interface Live extends Run {
  readonly sinceMs: number;
}

export interface WitnessParts {
  readonly tree: MemoryTree;
  readonly agents: readonly AgentCard[];
  readonly leaseMs: number;
  /** Within this time an agent that is awake ends what was taken from it. */
  readonly noticeMs: number;
  readonly plays: readonly Play[];
  /** Whether operators bring back what had ended. */
  readonly mayRevive: boolean;
  readonly nowMs: () => number;
}

const attemptOf = (
  task: { readonly batch: string; readonly task: string },
  attempt: number,
): string => `${keyOf(task)}/${attempt}`;

/** A silence of this share of the lease may look like a lapse to somebody who sees it late. */
const LAPSE_SHARE = 0.4;

export class Witness implements Audience, LaneListener {
  readonly breaches: string[] = [];
  readonly lanes: LaneIndex;
  /** Commands that came to their end, by task. */
  readonly runs = new Map<string, number>();
  readonly live = new Set<Live>();
  /** Files that a fault damaged. */
  readonly damaged = new Set<FileNode>();
  readonly ledger: Ledger;
  private readonly beats = new Map<string, Beat>();
  /** When the brain took a claim back, by task and attempt. */
  private readonly takenMs = new Map<string, number>();
  private readonly parts: WitnessParts;

  constructor(parts: WitnessParts) {
    this.parts = parts;
    this.ledger = new Ledger(parts.tree);
    this.lanes = new LaneIndex(parts.tree, this);
    const { onChange } = parts.tree;
    const paths = new Map(parts.agents.map(({ kind, name }) => [heartbeatPath(kind, name), name]));
    parts.tree.onChange = (change) => {
      const agent = paths.get(change.added ?? '');
      if (agent !== undefined) this.hearBeat(agent);
      onChange(change);
    };
  }

  onBreach(text: string): void {
    this.breaches.push(`${(this.parts.nowMs() / 1000).toFixed(4)} ${text}`);
  }

  onMove(from: Placed | null, to: Placed, node: FileNode): void {
    if (from?.lane === 'processing' && to.lane === 'queue') {
      this.takenMs.set(attemptOf(from, from.counts.attempt), this.parts.nowMs());
    }
    if (!this.ledger.explains(from, to)) {
      this.onBreach(`I10 nothing in the log explains ${from?.path ?? 'nowhere'} to ${to.path}`);
    }
    this.judgeAttempt(from, to);
    if (to.lane !== 'quarantine') this.judgeContent(to, node);
    if (to.lane === 'processing') this.judgeMemory(to);
  }

  began(run: Run): number {
    const nowMs = this.parts.nowMs();
    const key = keyOf(run);
    for (const dep of this.unmet(run)) this.onBreach(`I3 ${key} starts before ${dep} is complete`);
    for (const other of this.live) {
      if (keyOf(other) !== key) continue;
      if (this.hasLapsed(other, run) && !this.isOverdue(other)) continue;
      const who = `a${other.attempt} on ${other.agent} and a${run.attempt} on ${run.agent}`;
      this.onBreach(`I5 ${key} runs twice at once: ${who}`);
    }
    this.live.add({ ...run, sinceMs: nowMs });
    return this.runs.get(key) ?? 0;
  }

  ended(run: Run, isOwn: boolean): void {
    for (const live of this.live) {
      if (keyOf(live) === keyOf(run) && live.attempt === run.attempt && this.isOverdue(live)) {
        this.onBreach(`I5 ${keyOf(run)} a${run.attempt} runs on although it was taken back`);
      }
      if (keyOf(live) === keyOf(run) && live.attempt === run.attempt && live.host === run.host) {
        this.live.delete(live);
      }
    }
    if (isOwn) this.runs.set(keyOf(run), (this.runs.get(keyOf(run)) ?? 0) + 1);
  }

  private hearBeat(agent: string): void {
    const nowMs = this.parts.nowMs();
    const beat = this.beats.get(agent);
    if (beat === undefined) this.beats.set(agent, { lastMs: nowMs, lapsedMs: -1 });
    else {
      if (nowMs - beat.lastMs > LAPSE_SHARE * this.parts.leaseMs) beat.lapsedMs = nowMs;
      beat.lastMs = nowMs;
    }
  }

  private hasLapsed({ agent, host, sinceMs }: Live, run: Run): boolean {
    // A brain on another host cannot know whether the workers of the one before are alive.
    if (agent === BRAIN_AGENT) return host !== run.host;
    const beat = this.beats.get(agent);
    const nowMs = this.parts.nowMs();
    if (beat === undefined) return nowMs - sinceMs > LAPSE_SHARE * this.parts.leaseMs;
    return beat.lapsedMs >= sinceMs || nowMs - beat.lastMs > LAPSE_SHARE * this.parts.leaseMs;
  }

  /** Its claim was taken back, and its agent has been awake since for long enough to know. */
  private isOverdue({ agent, ...run }: Live): boolean {
    const beat = this.beats.get(agent);
    const takenMs = this.takenMs.get(attemptOf(run, run.attempt));
    const { leaseMs, noticeMs } = this.parts;
    const nowMs = this.parts.nowMs();
    if (beat === undefined || takenMs === undefined) return false;
    if (nowMs - beat.lastMs > LAPSE_SHARE * leaseMs) return false;
    return nowMs - Math.max(takenMs, beat.lapsedMs) > noticeMs;
  }

  private playOf(batch: string): Play | undefined {
    return this.parts.plays.find((play) => play.batch === batch);
  }

  private unmet(run: Run): string[] {
    const play = this.playOf(run.batch);
    const heading: Heading | null | undefined = play?.headings.find(
      ({ name }) => run.task === name || run.task.startsWith(`${name}_`),
    );
    if (play === undefined || heading === undefined) return ['its batch'];
    const item = run.task.slice(heading.name.length);
    const needed = [...heading.deps];
    if (heading.follows !== null) needed.push(`${heading.follows}${item}`);
    return needed.filter((task) => this.lanes.laneOf(run.batch, task)?.lane !== 'complete');
  }

  /** I2: attempts only grow, an outcome is that of the attempt that was claimed, and complete is complete. */
  private judgeAttempt(from: Placed | null, to: Placed): void {
    const key = keyOf(to);
    const attempt = to.counts.attempt;
    if (from === null) {
      // A child is made in the queue, or ended without having run.
      const isMade = to.lane === 'queue' ? attempt >= 1 : to.lane !== 'processing';
      if (!isMade) this.onBreach(`I2 ${to.path} comes from nowhere`);
      return;
    }
    const grows = to.lane === 'queue' ? 1 : 0;
    const isFree = from.lane === 'private' || from.lane === to.lane || this.parts.mayRevive;
    if (attempt < from.counts.attempt || (!isFree && attempt !== from.counts.attempt + grows)) {
      this.onBreach(`I2 ${key} moves from ${from.path} to ${to.path}`);
    }
    const leaves = from.lane === 'complete' && to.lane !== 'complete' && to.lane !== 'private';
    if (leaves || (from.lane === 'complete' && to.lane === 'private' && !this.parts.mayRevive)) {
      this.onBreach(`I2 ${key} was complete and moves to ${to.path}`);
    }
  }

  /** I7: what comes into a lane is whole, and is what its name says. */
  private judgeContent(to: Placed, node: FileNode): void {
    try {
      const task = taskSchema.parse(JSON.parse(node.text));
      if (keyOf({ batch: task.batch, task: task.id }) !== keyOf(to))
        throw new Error(`it is ${task.id}`);
    } catch (error) {
      if (!this.damaged.has(node)) {
        this.onBreach(`I7 ${to.path} cannot be read: ${(error as Error).message.split('\n')[0]}`);
      }
    }
  }

  /** I6: what an agent holds in processing fits its budget. */
  private judgeMemory({ agent }: Placed): void {
    const card = this.parts.agents.find(({ name }) => name === agent);
    if (card === undefined || card.budgetMib === null) return;
    let sum = 0;
    for (const claim of this.lanes.all()) {
      if (claim.lane !== 'processing' || claim.agent !== agent || claim.taskClass === 'meta')
        continue;
      // A copy of a claim is no claim of this agent's making.
      if (this.lanes.copied.has(keyOf(claim))) continue;
      sum += claim.vram === 'all' ? card.budgetMib : (claim.vram ?? 0);
    }
    if (sum > card.budgetMib) this.onBreach(`I6 ${agent} holds ${sum} of ${card.budgetMib} MiB`);
  }
}
