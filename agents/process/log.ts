// The log of a process, for whoever debugs it: JSON lines on standard error, which launch sends to a
// file per process. What people follow is the decision log (store/journal.ts), not this.
import { destination, pino } from 'pino';
import type { Logger } from 'pino';

export type Log = Logger;

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Lines that a full disk keeps back; more are dropped. */
const BACKLOG_BYTES_MAX = 262_144;

/** Synchronous, so that the last line before a crash is there. */
export function openLog(component: string, level: Level): Log {
  const options = { level, base: { component }, timestamp: pino.stdTimeFunctions.isoTime };
  const lines = destination({ fd: 2, sync: true, maxLength: BACKLOG_BYTES_MAX });
  // A log that cannot be written ends nobody: the file is on the disk that is full.
  lines.on('error', () => undefined);
  return pino(options, lines);
}
