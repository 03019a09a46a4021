// The log of a process, for whoever debugs it: JSON lines on standard error, which launch sends to a
// file per process. What people follow is the decision log (store/journal.ts), not this.
import { destination, pino } from 'pino';
import type { Logger } from 'pino';

export type Log = Logger;

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Synchronous, so that the last line before a crash is there. */
export function openLog(component: string, level: Level): Log {
  const options = { level, base: { component }, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination({ fd: 2, sync: true }));
}
