// What the brain tells people: every decision and every end that it saw, one JSON line each, in
// logs/brain_decisions.log and in the events of the batch. A decision is written before it is carried
// out; one that a crash interrupts is decided, and written, again.
import { SYSTEM_PLAN } from '../protocol/ids.ts';
import { batchPath, DECISION_LOG } from '../protocol/layout.ts';
import type { Config } from '../protocol/config.ts';
import { formatClaim, formatCounts, formatFailed, formatQueue } from '../protocol/lane-name.ts';
import type { ClaimName, Counts, FailedName, QueueName } from '../protocol/lane-name.ts';
import type { Disk } from '../store/disk.ts';
import { openJournal } from '../store/journal.ts';
import type { Journal } from '../store/journal.ts';
import type { Decision } from './decisions.ts';
import type { Ended, OpenBatch } from './model.ts';

/** The shape of a line, all strings for people; `details` names files and numbers. */
export interface LogLine {
  readonly timestamp: string;
  readonly type: string;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

export interface DecisionLog {
  write(
    lines: readonly { readonly open: OpenBatch | null; readonly line: LogLine }[],
  ): Promise<void>;
  /** About a submission: its events lie in `directory`, and go with it when it is accepted. */
  announce(directory: string, line: LogLine): Promise<void>;
  forget(batch: string): void;
}

export function openDecisionLog(disk: Disk, log: Config['log']): DecisionLog {
  const { decisionLogBytesMax: bytesMax, decisionLogFilesMax: filesMax } = log;
  const main = openJournal(disk, DECISION_LOG, { bytesMax, filesMax });
  const events = new Map<string, Journal>();
  const eventsOf = (open: OpenBatch): Journal => {
    const { id, plan } = open.batch;
    const journal =
      events.get(id) ??
      openJournal(disk, `${batchPath(plan, id)}/events.jsonl`, { bytesMax, filesMax: 0 });
    events.set(id, journal);
    return journal;
  };
  return {
    async write(lines) {
      await main.append(lines.map(({ line }) => line));
      const byBatch = new Map<OpenBatch, LogLine[]>();
      for (const { open, line } of lines) {
        if (open === null) continue;
        const own = byBatch.get(open) ?? [];
        byBatch.set(open, own);
        own.push(line);
      }
      for (const [open, own] of byBatch) await eventsOf(open).append(own);
    },
    async announce(directory, line) {
      await main.append([line]);
      const own = openJournal(disk, `${directory}/events.jsonl`, { bytesMax, filesMax: 0 });
      await own.append([line]);
    },
    forget: (batch) => void events.delete(batch),
  };
}

export function lineOfDecision(decision: Decision, timestamp: string): LogLine {
  const { is: type, reason, batch, ...rest } = decision;
  const isOfCard = decision.is === 'lend' || decision.is === 'take_back';
  const whole = isOfCard ? decision.agent : batch;
  const subject = 'task' in decision ? `${batch}/${decision.task}` : whole;
  const verb = 'verb' in decision ? decision.verb : type;
  const message = `${verb} ${subject}: ${reason}`;
  const details: Record<string, unknown> = { batch };
  for (const [key, value] of Object.entries(rest)) details[key] = nameIn(value);
  return { timestamp, type, message, details };
}

/** A lane name as the file name that `ls` shows; everything else as it is. */
function nameIn(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value;
  if ('agent' in value) return formatClaim(value as ClaimName);
  if ('rank' in value) return formatQueue(value as QueueName);
  if ('reason' in value) return formatFailed(value as FailedName);
  return 'losses' in value ? formatCounts(value as Counts) : value;
}

export function lineOfEnd({ batch, task, record }: Ended, timestamp: string): LogLine {
  const { outcome, attempt, agent, duration_ms, exit_code, message, log } = record;
  const type = outcome === 'complete' ? 'complete' : 'fail';
  const details = { batch, task, attempt, agent, outcome, exit_code, duration_ms, log };
  const end = outcome === 'complete' ? `attempt ${attempt} on ${agent}${chosen(record)}` : message;
  return { timestamp, type, message: `${type} ${batch}/${task}: ${end}`, details };
}

/** What a model decided, or thinks, is read where all other decisions are. */
function chosen({ plan, result = {} }: Ended['record']): string {
  const { choice, reason, reply } = result as Readonly<Record<string, unknown>>;
  if (plan === SYSTEM_PLAN && reply !== undefined) return `, says ${JSON.stringify(reply)}`;
  const isDecision = typeof choice === 'string' && typeof reason === 'string';
  return isDecision ? `, chose "${choice}": ${reason}` : '';
}
