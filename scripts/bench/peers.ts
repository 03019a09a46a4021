// `--peers`: the same work through whatever else is installed here, in turns with tutti: many no-op commands,
// a chain of them, and one that stamps the moment at which it runs.
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../context.ts';
import type { Bench } from './bench.ts';
import { onStage } from './bench.ts';
import { isInstalled, output } from './children.ts';
import { hopsOf } from './scenarios/chain.ts';
import { startMs } from './scenarios/start.ts';
import { rateOf } from './scenarios/throughput.ts';
import { median } from './sample.ts';
import { number } from './table.ts';

type Work = 'many' | 'chain' | 'start';

interface Contestant {
  readonly name: string;
  /** Tasks per second, ms per hop, ms to the first start. */
  readonly play: (work: Work) => Promise<number>;
}

interface Peer {
  readonly name: string;
  readonly needs: readonly string[];
  /** A file in peers/, and the arguments before the work. */
  readonly command: readonly string[];
  /** It takes seconds a task. */
  readonly isSlow?: boolean;
}

const shell = (name: string, command: string, needs = command): Peer => ({
  name,
  needs: [needs],
  command: ['sh', 'shell-peers.sh', command],
});

const BULLMQ = join(tmpdir(), 'tutti-bench-peers');

const PEERS: readonly Peer[] = [
  shell('xargs -P (no record of anything)', 'xargs'),
  shell('make -j (no record of anything)', 'make'),
  shell('GNU parallel, --joblog', 'parallel'),
  shell('nq', 'nq'),
  shell('task-spooler (in memory)', 'tsp'),
  shell('snakemake', 'snakemake'),
  {
    name: 'rq + Redis',
    needs: ['/usr/bin/python3 -c "import rq"', 'redis-server'],
    command: ['/usr/bin/python3', 'rq-peer.py'],
  },
  {
    name: 'BullMQ + Redis',
    needs: [`test -d ${BULLMQ}/node_modules/bullmq`, 'redis-server'],
    command: ['node', 'bullmq-peer.cjs', BULLMQ],
  },
  {
    name: 'dask.distributed (in memory)',
    needs: ['/usr/bin/python3 -c "import distributed"'],
    command: ['/usr/bin/python3', 'dask-peer.py'],
  },
  {
    name: 'Slurm, one node',
    needs: ['slurmctld', 'slurmd', 'munged'],
    command: ['sh', 'slurm-peer.sh'],
    isSlow: true,
  },
];

const sizeOf = (isSmall: boolean, work: Work): number =>
  work === 'start' ? 1 : work === 'chain' ? (isSmall ? 5 : 100) : isSmall ? 20 : 1000;

const isThere = async ({ needs }: Peer): Promise<boolean> => {
  for (const need of needs) if (!(await isInstalled(need))) return false;
  return true;
};

function asContestant(bench: Bench, { name, command, isSlow = false }: Peer): Contestant {
  const [program, file, ...before] = command;
  let runs = 0;
  return {
    name,
    async play(work) {
      const size = sizeOf(isSlow || bench.isQuick, work);
      const ground = await bench.openGround();
      try {
        const folder = join(ground.path, `run-${runs++}`);
        await mkdir(folder);
        const path = join(projectRoot, 'scripts/bench/peers', file!);
        const args = [path, ...before, work, String(size), String(bench.slots)];
        const ms = Number(await output(program!, args, folder));
        return work === 'many' ? (1000 * size) / ms : ms / size;
      } finally {
        await ground.close();
      }
    },
  };
}

interface Result {
  readonly name: string;
  readonly values: Readonly<Record<Work, number[]>>;
}

const WORKS: readonly Work[] = ['many', 'chain', 'start'];

/** Rounds of everybody, one after the other; who fails once is left out and named. */
async function rounds(bench: Bench, contestants: readonly Contestant[]): Promise<Result[]> {
  const results = new Map<string, Result>(
    contestants.map(({ name }) => [name, { name, values: { many: [], chain: [], start: [] } }]),
  );
  for (let turn = 0; turn < bench.runs; turn++) {
    for (const { name, play } of contestants) {
      const result = results.get(name);
      if (result === undefined) continue;
      try {
        for (const work of WORKS) result.values[work].push(await play(work));
      } catch (error) {
        results.delete(name);
        bench.note(`${name} is left out: ${(error as Error).message.trim().slice(-300)}`);
      }
    }
  }
  return [...results.values()];
}

export const PEERS_HEAD: readonly string[] = [
  '',
  'tasks/s',
  'of xargs',
  'hop, ms',
  'start, ms',
  'runs',
];

const spread = (values: readonly number[]): string =>
  `${number(median(values))} (${number(Math.min(...values))} … ${number(Math.max(...values))})`;

function cellsOf({ name, values }: Result, limit: number): string[] {
  const ratio = (median(values.many) / limit).toFixed(2);
  const { many, chain, start } = values;
  return [name, spread(many), ratio, spread(chain), spread(start), String(many.length)];
}

/** Rows for the table under PEERS_HEAD, the fastest first. */
export async function measurePeers(bench: Bench): Promise<string[][]> {
  const there: Peer[] = [];
  for (const peer of PEERS) {
    if (await isThere(peer)) there.push(peer);
    else bench.note(`${peer.name} is not installed`);
  }
  const peers = there.map((peer) => asContestant(bench, peer));
  const slots = { slots: [bench.slots] };
  const results = await onStage(bench, { ...slots, durability: 'process' }, (process) =>
    onStage(bench, { ...slots, durability: 'full' }, (full) => {
      const own = [
        { name: '**tutti**, durability process', stage: process },
        { name: '**tutti**, durability full', stage: full },
      ];
      const ours = own.map(({ name, stage }): Contestant => ({
        name,
        play: async (work) => {
          if (work === 'start') return startMs(stage);
          const size = sizeOf(bench.isQuick, work);
          return work === 'many' ? rateOf(stage, size) : median(await hopsOf(stage, size));
        },
      }));
      return rounds(bench, [...ours, ...peers]);
    }),
  );
  const limit = median(results.find(({ name }) => name.startsWith('xargs'))!.values.many);
  return results
    .toSorted((a, b) => median(b.values.many) - median(a.values.many))
    .map((result) => cellsOf(result, limit));
}
