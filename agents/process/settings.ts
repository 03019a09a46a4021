// Where settings come from: flags > environment > config.json > defaults, merged here and nowhere else.
// Nothing outside this file reads process.env.
import { existsSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname, resolve } from 'node:path';
import { rosterProblems } from '../protocol/check-roster.ts';
import { configSchema } from '../protocol/config.ts';
import type { Config } from '../protocol/config.ts';
import { Fault } from '../protocol/fault.ts';
import { explainJson } from './json-place.ts';

export interface Settings {
  readonly config: Config;
  /** Absolute; null when no file was found and the defaults hold. */
  readonly configPath: string | null;
  /** The directory that relative paths of the configuration start from. */
  readonly home: string;
  /** Absolute path of `shared/`, not yet checked. */
  readonly sharedPath: string;
  readonly host: string;
  /** Where a test makes this process die (store/crash-points.ts); null when nobody asks for it. */
  readonly crash: { readonly at?: string | undefined; readonly log?: string | undefined } | null;
  /** Absolute paths of the permission files: the configured ones, else those that ship with tutti. */
  readonly permissionPaths: { readonly brain: string; readonly worker: string };
}

export interface SettingsFlags {
  readonly config?: string | undefined;
  readonly shared?: string | undefined;
}

/** What this program takes from the environment; docs/CONFIG.md lists the same names. */
const LEVELS = {
  brain: 'BRAIN_LOG_LEVEL',
  gpu: 'GPU_LOG_LEVEL',
  worker: 'WORKER_LOG_LEVEL',
  executor: 'EXECUTOR_LOG_LEVEL',
} as const;

/** A copy, for the environment of child processes. */
export const environment = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );

/** How many files a program can wait for at once; Node alone would have four. */
const POOL_THREADS = '16';

/**
 * What a program of this project is started with. Files that are synced at the same time cost a disk little more than
 * one, but each keeps a thread of Node's pool waiting, and the pool is made before the program can say how large.
 */
export const programEnvironment = (): Record<string, string> => ({
  UV_THREADPOOL_SIZE: POOL_THREADS,
  ...environment(),
});

/** @throws Fault CONFIG_JSON, CONFIG_INVALID */
export function loadSettings(flags: SettingsFlags, projectRoot: string): Settings {
  const env = process.env;
  const named = flags.config ?? env['TUTTI_CONFIG'];
  const path = resolve(named ?? `${projectRoot}/config.json`);
  const isThere = existsSync(path);
  if (!isThere && named !== undefined) {
    throw new Fault('CONFIG_JSON', { problem: 'there is no such file' }, { file: path });
  }
  const config = withLevels(
    isThere ? parseConfig(readFileSync(path, 'utf8'), path) : parseConfig('{}', path),
  );
  const home = dirname(path);
  const shared = flags.shared ?? env['TUTTI_SHARED'];
  const at = env['TUTTI_CRASH_AT'];
  const log = env['TUTTI_CRASH_LOG'];
  return {
    config,
    configPath: isThere ? path : null,
    home,
    sharedPath: shared === undefined ? resolve(home, config.shared) : resolve(shared),
    host: env['TUTTI_HOST'] ?? hostname(),
    crash: at === undefined && log === undefined ? null : { at, log },
    permissionPaths: {
      brain: permissionPath('brain', config, home, projectRoot),
      worker: permissionPath('worker', config, home, projectRoot),
    },
  };
}

const permissionPath = (
  who: 'brain' | 'worker',
  { permissions }: Config,
  home: string,
  projectRoot: string,
): string => {
  const named = permissions[who];
  return named === undefined
    ? resolve(projectRoot, `agents/permissions/${who}.json`)
    : resolve(home, named);
};

/** @throws Fault CONFIG_JSON with line and column, CONFIG_INVALID naming the key */
export function parseConfig(text: string, file: string): Config {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const { problem, offset } = explainJson(text, error as Error);
    const before = text.slice(0, offset);
    const line = before.split('\n').length;
    const column = before.length - before.lastIndexOf('\n');
    throw new Fault('CONFIG_JSON', { problem }, { file, line, column });
  }
  const result = configSchema.safeParse(value);
  if (!result.success) {
    const problem = result.error.issues.map((issue) => describe(issue)).join('; ');
    throw new Fault('CONFIG_INVALID', { problem }, { file });
  }
  checkSums(result.data, file);
  return result.data;
}

type Issue = NonNullable<ReturnType<typeof configSchema.safeParse>['error']>['issues'][number];

/** The key and what is wrong; of alternatives the one that was meant, which is the one that went deepest. */
function describe(issue: Issue, above: readonly PropertyKey[] = []): string {
  const path = [...above, ...issue.path];
  if (issue.code === 'invalid_union') {
    const [meant] = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length);
    if (meant !== undefined) return describe(meant, path);
  }
  return [path.join('.'), issue.message].filter((part) => part !== '').join(': ');
}

/** Rules that hold between keys (docs/ARCHITECTURE.md, rule 5). */
function checkSums(config: Config, file: string): void {
  const { heartbeatIntervalMs, visibilityDelayMs, leaseMs } = config.agent;
  const leaseMsMin = 3 * (heartbeatIntervalMs + visibilityDelayMs);
  if (leaseMs < leaseMsMin) {
    const problem = `agent.leaseMs is ${leaseMs}, expected at least ${leaseMsMin} = 3 x (heartbeatIntervalMs + visibilityDelayMs)`;
    throw new Fault('CONFIG_INVALID', { problem }, { file });
  }
  const names = config.agents === 'auto' ? [] : config.agents.map((agent) => agent.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  const problem = twice === undefined ? null : `agents: two are named ${twice}`;
  if (problem !== null) throw new Fault('CONFIG_INVALID', { problem }, { file });
  if (names.includes('brain')) {
    throw new Fault('CONFIG_INVALID', { problem: 'agents: the name brain is reserved' }, { file });
  }
  const problems = rosterProblems(config);
  if (problems.length > 0) {
    throw new Fault('CONFIG_ROSTER', { problem: problems.join('; ') }, { file });
  }
}

function withLevels(config: Config): Config {
  const log: Record<string, unknown> = { ...config.log };
  for (const [component, variable] of Object.entries(LEVELS)) {
    const level = process.env[variable];
    if (level !== undefined) log[component] = level;
  }
  const checked = configSchema.shape.log.safeParse(log);
  if (!checked.success) {
    const problem = `${Object.values(LEVELS).join(', ')}: expected trace, debug, info, warn, error or silent`;
    throw new Fault('CONFIG_INVALID', { problem }, { file: 'environment' });
  }
  return { ...config, log: checked.data };
}
