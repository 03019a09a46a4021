// Why a task never ran: the record of a definition error.
import { attemptPaths } from '../protocol/layout.ts';
import { utc } from '../process/clock.ts';
import { writeAttempt } from '../store/attempts.ts';
import type { Effects } from './effects.ts';
import type { Group, OpenBatch } from './model.ts';

/** A definition error has no attempt; its record carries the number 0. */
export async function writeDefinitionRecord(
  effects: Effects,
  open: OpenBatch,
  group: Group,
  message: string,
): Promise<void> {
  const at = utc(effects.clock);
  const { id: batch, plan } = open.batch;
  await writeAttempt(effects.store, {
    v: 1,
    batch,
    plan,
    task: group.name,
    attempt: 0,
    agent: 'brain',
    host: effects.host,
    outcome: 'definition',
    exit_code: null,
    signal: null,
    message,
    error_type: 'definition',
    started_at: at,
    finished_at: at,
    duration_ms: 0,
    vram_peak_mib: null,
    log: attemptPaths(plan, batch, group.name, 0).log,
    sandbox: 'none',
  });
}
