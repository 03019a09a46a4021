// A full disk is the one failure of a file operation that somebody else can mend without touching tutti:
// whoever meets it says so and tries again, however long it takes.
import { errnoOf } from '../protocol/errno.ts';
import { Fault } from '../protocol/fault.ts';

/** Null when `error` is anything else. */
export function asFullDisk(error: unknown): Fault | null {
  if (!(error instanceof Error)) return null;
  const code = errnoOf(error);
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return null;
  const { path } = error as NodeJS.ErrnoException;
  return new Fault('DISK_FULL', { path: path ?? 'the shared directory' });
}
