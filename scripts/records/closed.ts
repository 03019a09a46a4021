// What `tutti status` says of a batch that is over.
import type { Summary } from '../../agents/protocol/batch.ts';
import type { ClosedRecord } from './status.ts';

/** `absolute`: where a file of `shared/` is on this host. */
export function closedRecord(summary: Summary, absolute: (path: string) => string): ClosedRecord {
  const { batch, plan, verdict, reason, counts, duration_ms, finished_at } = summary;
  const [first] = summary.problems;
  const log = first?.log ?? null;
  const first_problem =
    first === undefined
      ? null
      : { task: first.task, reason: first.reason, log: log === null ? null : absolute(log) };
  return { batch, plan, verdict, reason, counts, duration_ms, finished_at, first_problem };
}
