// Broken builds that the simulator must catch: a checker that nobody has seen fail is no checker. Each breaks
// one promise, for the processes it is about, through a port or the configuration that they are given, and
// names the invariant that must be breached by it.
import type { Config } from '../../agents/protocol/config.ts';
import { COMPLETE, DECISION_LOG, PROCESSING, QUEUE } from '../../agents/protocol/layout.ts';
import type { Disk } from '../../agents/store/disk.ts';
import type { FaultKind } from './faults.ts';

export interface Mutation {
  readonly name: string;
  readonly invariant: string;
  /** Under which faults it shows. */
  readonly faults: readonly FaultKind[];
  /** `who`: `brain#1` is the first life of the brain. */
  readonly disk?: (disk: Disk, who: string) => Disk;
  readonly config?: (config: Config, who: string) => Config;
}

const BYTES_MAX = 10_000_000;
const isBrain = (who: string): boolean => who.startsWith('brain') || who.startsWith('rival');
const isLane = (path: string): boolean => path.startsWith('tasks/');
const STAGED = /^(brain\/staging\/e\d+|[cg]pus\/[^/]+\/tmp|inbox\/\.staging)\/[^/]+$/;

function copyThenUnlink(disk: Disk): Disk {
  return {
    ...disk,
    async rename(from, to) {
      if (!isLane(from) || !isLane(to)) return disk.rename(from, to);
      const text = await disk.read(from, BYTES_MAX);
      if (text === null) return disk.rename(from, to);
      await disk.create(to, text, true);
      await disk.unlink(from);
    },
  };
}

function commitWithoutFence(disk: Disk): Disk {
  return {
    ...disk,
    async rename(from, to) {
      const isCommit = from.startsWith(`${PROCESSING}/`) && !to.startsWith(QUEUE);
      try {
        await disk.rename(from, to);
      } catch (error) {
        if (!isCommit) throw error;
        const [, , , batch, task] = from.slice(PROCESSING.length + 1).split('.');
        for (const lane of [QUEUE, PROCESSING, `${COMPLETE}/${batch}`]) {
          const names = (await disk.list(lane)) ?? [];
          const again = names.find((name) => `.${name}`.includes(`.${task}.a`));
          if (again !== undefined) return disk.rename(`${lane}/${again}`, to);
        }
        throw error;
      }
    },
  };
}

const noSync = (disk: Disk): Disk => ({
  ...disk,
  create: (path, text) => disk.create(path, text, false),
  syncDirectory: () => Promise.resolve(),
});

/** What dies in the middle leaves half a file where everybody reads. */
function publishInPlace(disk: Disk): Disk {
  const staged = new Map<string, string>();
  return {
    ...disk,
    async create(path, text, sync) {
      if (STAGED.test(path)) staged.set(path, text);
      else await disk.create(path, text, sync);
    },
    async rename(from, to) {
      const text = staged.get(from);
      if (text === undefined) return disk.rename(from, to);
      staged.delete(from);
      await disk.unlink(to);
      await disk.create(to, text, true);
    },
  };
}

/** The brain reads other plans than people wrote. */
const misread = (disk: Disk, pattern: RegExp, text: string): Disk => ({
  ...disk,
  async read(path, bytesMax) {
    const plan = await disk.read(path, bytesMax);
    return plan === null || !path.endsWith('/plan.md') ? plan : plan.replaceAll(pattern, text);
  },
});

const blindToDependencies = (disk: Disk, who: string): Disk =>
  isBrain(who) ? misread(disk, /^- \*\*depends_on\*\*: .*\n/gm, '') : disk;

/** An agent that does not look for the claims of its last life. */
function forgetful(disk: Disk, who: string): Disk {
  if (isBrain(who)) return disk;
  return {
    ...disk,
    list: (path) => (path === PROCESSING ? Promise.resolve([]) : disk.list(path)),
  };
}

/** A brain to which a heartbeat that it does not see is a death. */
function absenceIsProof(disk: Disk, who: string): Disk {
  if (!isBrain(who)) return disk;
  return {
    ...disk,
    read: (path, bytesMax) =>
      path.endsWith('/heartbeat.json') ? Promise.resolve(null) : disk.read(path, bytesMax),
  };
}

/** An agent to which a claim that it once saw is there for ever, and which never thinks of its lease. */
function unfenced(disk: Disk, who: string): Disk {
  // Only work that takes long is still there when its agent comes back.
  if (isBrain(who)) return misread(disk, /`play \d+ /g, '`play 15000 ');
  const seen = new Set<string>();
  const [agent] = who.split('#');
  return {
    ...disk,
    async list(path) {
      const names = await disk.list(path);
      if (path !== PROCESSING || names === null) return names;
      for (const name of names) if (name.includes(`.by-${agent}.`)) seen.add(name);
      return [...new Set([...names, ...seen])];
    },
    // What it tells the others of its lease is true.
    create: (path, text, sync) =>
      disk.create(path, text.replace(/("lease_ms":\s*\d+)000\b/, '$1'), sync),
  };
}

const forEver = (config: Config, who: string): Config =>
  isBrain(who)
    ? config
    : { ...config, agent: { ...config.agent, leaseMs: 1000 * config.agent.leaseMs } };

const withoutLease = (config: Config, who: string): Config =>
  isBrain(who) ? { ...config, agent: { ...config.agent, leaseMs: 0 } } : config;

const overCommitting = (config: Config): Config => ({
  ...config,
  agent: { ...config.agent, budgetPercent: 400, vramHeadroomMib: 0 },
});

const neverCleaning = (disk: Disk, who: string): Disk =>
  isBrain(who) ? disk : { ...disk, unlink: () => Promise.resolve() };

const unforgiving = (config: Config): Config => ({
  ...config,
  retry: { ...config.retry, losses: 0 },
});

const silent = (disk: Disk): Disk => ({
  ...disk,
  append: (path, text) => (path === DECISION_LOG ? Promise.resolve(0) : disk.append(path, text)),
});

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'a move is a copy and a removal',
    invariant: 'I1',
    faults: ['death'],
    disk: copyThenUnlink,
  },
  { name: 'nothing is synced', invariant: 'I1', faults: ['power'], disk: noSync },
  {
    name: 'a commit does not need the claim',
    invariant: 'I2',
    faults: ['stall'],
    disk: commitWithoutFence,
  },
  { name: 'dependencies are not seen', invariant: 'I3', faults: [], disk: blindToDependencies },
  {
    name: 'claims of the last life are forgotten',
    invariant: 'I4',
    faults: ['death'],
    disk: forgetful,
  },
  {
    name: 'absence is proof',
    invariant: 'I5',
    faults: [],
    disk: absenceIsProof,
    config: withoutLease,
  },
  {
    name: 'an agent ignores that its lease is over',
    invariant: 'I5',
    faults: ['stall'],
    disk: unfenced,
    config: forEver,
  },
  { name: 'memory is committed twice', invariant: 'I6', faults: [], config: overCommitting },
  {
    name: 'files are published in place',
    invariant: 'I7',
    faults: ['death'],
    disk: publishInPlace,
  },
  { name: 'temporary files stay', invariant: 'I8', faults: ['io'], disk: neverCleaning },
  { name: 'a death counts as a failure', invariant: 'I9', faults: ['stall'], config: unforgiving },
  { name: 'decisions are not written down', invariant: 'I10', faults: [], disk: silent },
];
