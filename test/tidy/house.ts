// The house: who may import whom (docs/ARCHITECTURE.md), and every exemption from the rules, each with
// its reason. This is the only copy of the table; .oxlintrc.json is held to it by test/tidy.test.ts.

export interface Room {
  readonly folder: string;
  /** Folders whose code it may import; its own is always among them. */
  readonly folders: readonly string[];
  /** Folders and packages of which it may import types only. */
  readonly types: readonly string[];
  readonly packages: readonly string[];
}

const room = (
  folder: string,
  folders: readonly string[],
  packages: readonly string[],
  types: readonly string[] = [],
): Room => ({ folder, folders, packages, types });

const PROTOCOL = 'agents/protocol';
const PROCESS = 'agents/process';
const STORE = 'agents/store';
const EXECUTOR = 'agents/executor';
const MODELS = 'agents/models';
const PLACES = ['node:path', 'node:os', 'node:url', 'node:util'];

/** A folder inside another adds to what the outer one may import. */
export const ROOMS: readonly Room[] = [
  room(PROTOCOL, [], ['zod', 'ajv', 'gray-matter', 'remark'], ['mdast', 'unist']),
  room(`${PROTOCOL}/plan`, [], ['fastest-levenshtein']),
  room(PROCESS, [PROTOCOL], ['pino', 'node:*']),
  room(
    STORE,
    [PROTOCOL],
    ['proper-lockfile', 'chokidar', 'node:fs', 'node:path', 'node:util'],
    [PROCESS, 'zod'],
  ),
  room(EXECUTOR, [PROTOCOL, PROCESS], ['execa', ...PLACES], [STORE]),
  room(
    MODELS,
    [PROTOCOL, STORE, PROCESS],
    ['undici', 'eventsource-parser', 'jsonrepair', ...PLACES],
  ),
  room(`${MODELS}/embedded`, [], ['node:http', 'node-llama-cpp']),
  room('agents/brain', [PROTOCOL, STORE, PROCESS, EXECUTOR, MODELS], PLACES),
  room('agents/gpu', [PROTOCOL, STORE, PROCESS, EXECUTOR, MODELS], PLACES),
  room('agents/worker', [PROTOCOL, STORE, PROCESS, EXECUTOR, MODELS], PLACES),
  room('agents/launch', [PROTOCOL, STORE, PROCESS], ['node:child_process', ...PLACES]),
  room(
    'scripts',
    [PROTOCOL, STORE, PROCESS, MODELS],
    ['commander', 'fastest-levenshtein', ...PLACES],
  ),
  room('scripts/bench', [], ['node:*']),
  room('scripts/build', [], ['esbuild', 'node:child_process', 'node:fs', 'node:module', 'node:vm']),
  room('scripts/docs', [], ['zod', 'node:fs']),
];

/** Why a package is kept to few folders, and what the others use. */
export const PACKAGE_ADVICE: Readonly<Record<string, string>> = {
  'node:fs': 'go through Disk and the functions of agents/store',
  'node:child_process': 'go through Spawner (agents/process/spawner.ts) or agents/executor',
  'node:timers': 'wait with clock.sleep of the Clock port',
  'node:crypto': 'take randomness from the Random port',
  'node:process': 'read settings from agents/process/settings.ts',
  execa: 'run commands through agents/executor',
  pino: 'log through agents/process',
};

/** Files that decide and never look: no node:*, no clock, no randomness, nothing asynchronous. */
export const PURE: readonly RegExp[] = [
  /^agents\/protocol\//,
  /^agents\/brain\/decide(-\w+)?\.ts$/,
  /^agents\/brain\/(cards|disown|fate|learned|marks|memory|model-demand|model-memory|need|policy|model|open-batch|pools|progress|ready|standing|summary|system-name|thoughts|touch|turns|wish-parts)\.ts$/,
  /^agents\/gpu\/(admit|card-memory|claim-order|thermal)\.ts$/,
  /^agents\/executor\/outcome\.ts$/,
  /^agents\/launch\/(charges|restart)\.ts$/,
  /^scripts\/render\//,
];

export interface Exemption {
  readonly path: string;
  readonly rule: string;
  readonly reason: string;
}

/** `path` is a file, or a folder with a trailing `/`. An exemption that nothing needs is a breach too. */
export const EXEMPTIONS: readonly Exemption[] = [
  {
    path: 'agents/store/real-disk.ts',
    rule: 'banned call',
    reason: 'The real Disk stamps a bell with the time of this host; nobody compares it.',
  },
  {
    path: 'test/soak/',
    rule: 'banned call',
    reason: 'Its waits are part of what it does to the processes: nothing is expected after them.',
  },
  {
    path: 'test/sim/',
    rule: 'banned call',
    reason: 'Its clock is virtual: a sleep there takes no time and is part of the play.',
  },
];

export const LIMITS = {
  fileLines: 220,
  testFileLines: 300,
  medianLines: 90,
  functionLines: 70,
  commentPercentMin: 5,
  commentPercentMax: 25,
} as const;

/** Folders of test/ that mirror no folder of agents/. */
export const TEST_FOLDERS: readonly string[] = [
  'bench',
  'cli',
  'crash',
  'e2e',
  'fixtures',
  'helpers',
  'nfs',
  'card',
  'plans',
  'scripts',
  'sim',
  'soak',
  'tidy',
];
