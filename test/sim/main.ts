// The long form: `npm run sim -- --seeds 100000 --from 1 --faults death,stall --jobs 2`. One seed again,
// with everything that happened: `npm run sim -- --seed 4711 --faults death,stall`.
import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAULT_KINDS } from './faults.ts';
import type { FaultKind } from './faults.ts';
import { renderReport } from './report.ts';
import { simulate } from './run.ts';
import type { Report } from './run.ts';

const FLAGS = {
  seeds: { type: 'string', default: '1000' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  faults: { type: 'string', default: FAULT_KINDS.join(',') },
  jobs: { type: 'string', default: String(availableParallelism()) },
  /** How many failing seeds are enough. */
  failures: { type: 'string', default: '5' },
} as const;

const { values } = parseArgs({ options: FLAGS });
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function kindsIn(text: string): FaultKind[] {
  const names = text.split(',').filter((name) => name !== '' && name !== 'none');
  const wrong = names.find((name) => !(FAULT_KINDS as readonly string[]).includes(name));
  if (wrong !== undefined)
    throw new Error(`no such fault: ${wrong}; there are ${FAULT_KINDS.join(', ')}`);
  return names as FaultKind[];
}

const faults = kindsIn(values.faults);

/** What one process of several tells the one that started it. */
interface News {
  readonly runs: number;
  readonly operations: number;
  readonly failed: Report | null;
}

async function playShare(): Promise<void> {
  // The stacks of errors that are part of the play cost a tenth of the time.
  Error.stackTraceLimit = 0;
  const from = Number(values.from);
  let news = { runs: 0, operations: 0 };
  const tell = (failed: Report | null): void => {
    process.send?.({ ...news, failed } satisfies News);
    news = { runs: 0, operations: 0 };
  };
  let playing = from;
  process.on('unhandledRejection', (error) => {
    say(`seed ${playing}: a promise that nobody waits for was rejected: ${(error as Error).stack}`);
    process.exit(1);
  });
  for (let seed = from; seed < from + Number(values.seeds); seed++) {
    playing = seed;
    const report = await simulate({ seed, faults });
    news = { runs: news.runs + 1, operations: news.operations + report.operations };
    if (report.breaches.length > 0) tell(report);
    else if (news.runs === 50) tell(null);
  }
  tell(null);
  process.disconnect?.();
}

async function playAll(): Promise<number> {
  const seeds = Number(values.seeds);
  const jobs = Math.min(Number(values.jobs), seeds);
  const startedMs = performance.now();
  let runs = 0;
  let operations = 0;
  const failures: Report[] = [];
  const share = Math.ceil(seeds / jobs);
  const children = Array.from({ length: jobs }, (_, job) => {
    const from = Number(values.from) + job * share;
    const count = Math.max(0, Math.min(share, Number(values.from) + seeds - from));
    const args = ['--from', String(from), '--seeds', String(count), '--faults', values.faults];
    return fork(fileURLToPath(import.meta.url), args, { env: { ...process.env, SIM_SHARE: '1' } });
  });
  const exits = children.map(
    (child) => new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code))),
  );
  for (const child of children) {
    child.on('message', (news: News) => {
      runs += news.runs;
      operations += news.operations;
      if (news.failed === null) return;
      if (failures.length < Number(values.failures)) say(renderReport(news.failed, faults));
      failures.push(news.failed);
      if (failures.length === Number(values.failures)) for (const each of children) each.kill();
    });
  }
  const codes = await Promise.all(exits);
  const seconds = (performance.now() - startedMs) / 1000;
  const rate = (runs / seconds).toFixed(0);
  say(
    `${runs} schedules, ${operations} operations in ${seconds.toFixed(1)} s: ${rate} schedules/s; ` +
      `${failures.length} failed; faults: ${faults.join(', ') || 'none'}`,
  );
  if (failures.length > 0) say(`seeds: ${failures.map(({ seed }) => seed).join(' ')}`);
  return failures.length > 0 || codes.some((code) => code !== 0) ? 1 : 0;
}

async function playOne(seed: number): Promise<number> {
  const report = await simulate({ seed, faults }, 1_000_000);
  say(renderReport(report, faults));
  return report.breaches.length > 0 ? 1 : 0;
}

if (values.seed !== undefined) process.exitCode = await playOne(Number(values.seed));
else if (process.env['SIM_SHARE'] === '1') await playShare();
else process.exitCode = await playAll();
