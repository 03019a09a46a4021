// What launch says about itself: one record per host, `logs/processes/<host>.launch.json`, written by
// the launch process of that host alone. The CLI reads it to tell what is up and whom to ask to stop,
// and the next launch reads it to find the processes that a killed one left behind.
import * as z from 'zod';

export const PROCESS_LOGS = 'logs/processes';

/**
 * running   alive, its own child or adopted
 * waiting   ended, and restarted in a moment
 * stopped   ended as it was asked to
 * refused   ended because a restart cannot help: its note says why
 * gave_up   ended too often: its note and its log say why
 */
export const PROCESS_STATES = ['running', 'waiting', 'stopped', 'refused', 'gave_up'] as const;
export type ProcessState = (typeof PROCESS_STATES)[number];

const supervisedSchema = z.strictObject({
  name: z.string(),
  kind: z.enum(['brain', 'gpu', 'cpu']),
  state: z.enum(PROCESS_STATES),
  pid: z.int().nullable(),
  start_time: z.string().nullable(),
  /** Started by an earlier launch, found alive and taken over. */
  adopted: z.boolean(),
  restarts: z.int().min(0),
  /** The last thing that happened to it, in words. */
  note: z.string(),
  /** Relative to `shared/`. */
  log: z.string(),
});
export type SupervisedRecord = z.infer<typeof supervisedSchema>;

export const launchSchema = z.strictObject({
  v: z.literal(1),
  host: z.string(),
  pid: z.int(),
  start_time: z.string(),
  boot_id: z.string(),
  started_at: z.string(),
  state: z.enum(['running', 'stopping', 'stopped']),
  processes: z.array(supervisedSchema),
});
export type LaunchRecord = z.infer<typeof launchSchema>;

/** Host names are file names here; whatever is no plain letter becomes `-`. */
const hostStem = (host: string): string =>
  `${PROCESS_LOGS}/${host.replaceAll(/[^A-Za-z0-9_.-]/g, '-')}`;

export const launchRecordPath = (host: string): string => `${hostStem(host)}.launch.json`;
/** proper-lockfile makes it a directory. */
export const launchLockPath = (host: string): string => `${hostStem(host)}.launch.lock`;
/** Output of a launch in the background. No agent's log can have this name: the ending differs. */
export const launchOutputPath = (host: string): string => `${hostStem(host)}.launch.out`;
/** stdout and stderr of the brain or of an agent; the one before is kept as `.log.1`. */
export const processLogPath = (host: string, name: string): string =>
  `${hostStem(host)}.${name}.log`;
