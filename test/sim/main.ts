// The long form: `npm run sim -- --seeds 100000 --from 1 --jobs 2 --json FILE`; the broken builds with
// `--mutations`. One seed again, with everything that happened: `npm run sim -- --seed 4711`; `--only` and
// `--omit` play a schedule that was shrunk.
import { fork } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAULT_KINDS } from './faults.ts';
import type { FaultKind } from './faults.ts';
import { catchAll } from './catch.ts';
import { renderReport } from './report.ts';
import { simulate } from './run.ts';
import type { Report } from './run.ts';
import { kindsOf } from './scenario.ts';
import { shrink } from './shrink.ts';
import { addTally, countReport, openTally, renderTally } from './tally.ts';
import type { Tally } from './tally.ts';

const FLAGS = {
  seeds: { type: 'string', default: '1000' },
  from: { type: 'string', default: '1' },
  seed: { type: 'string' },
  /** The kinds of which each seed plays some. */
  faults: { type: 'string', default: FAULT_KINDS.join(',') },
  /** All of `--faults` in every seed. */
  together: { type: 'boolean', default: false },
  jobs: { type: 'string', default: String(availableParallelism()) },
  /** How many failing seeds are enough. */
  failures: { type: 'string', default: '5' },
  json: { type: 'string' },
  mutations: { type: 'boolean', default: false },
  only: { type: 'string' },
  omit: { type: 'string' },
} as const;

const { values } = parseArgs({ options: FLAGS });
const say = (text: string): void => void process.stdout.write(`${text}\n`);

function allowedIn(text: string): FaultKind[] {
  const names = text.split(',').filter((name) => name !== '' && name !== 'none');
  const wrong = names.find((name) => !(FAULT_KINDS as readonly string[]).includes(name));
  if (wrong !== undefined)
    throw new Error(`no such fault: ${wrong}; there are ${FAULT_KINDS.join(', ')}`);
  return FAULT_KINDS.filter((kind) => names.includes(kind));
}

const allowed = allowedIn(values.faults);
const faultsOf = (seed: number): readonly FaultKind[] =>
  values.together ? allowed : kindsOf(seed, allowed);
const flags = values.together ? ['--together'] : [];

/** What one process of several tells the one that started it. */
interface News {
  readonly tally: Tally;
  readonly failed: { readonly seed: number; readonly breaches: readonly string[] } | null;
}

/** A macrotask now and then lets messages pass: the plays themselves are made of microtasks. */
const breathe = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function playShare(): Promise<void> {
  // The stacks of errors that are part of the play cost a tenth of the time.
  Error.stackTraceLimit = 0;
  const from = Number(values.from);
  let tally = openTally();
  const tell = (failed: Report | null): void => {
    const news = failed === null ? null : { seed: failed.seed, breaches: failed.breaches };
    process.send?.({ tally, failed: news } satisfies News);
    tally = openTally();
  };
  let playing = from;
  process.on('unhandledRejection', (error) => {
    say(`seed ${playing}: a promise that nobody waits for was rejected: ${(error as Error).stack}`);
    process.exit(1);
  });
  for (let seed = from; seed < from + Number(values.seeds); seed++) {
    playing = seed;
    const report = await simulate({ seed, faults: faultsOf(seed) });
    countReport(tally, report);
    if (report.breaches.length > 0) tell(report);
    else if (tally.schedules === 100) tell(null);
    await breathe();
  }
  tell(null);
  process.disconnect?.();
}

interface Outcome {
  readonly tally: Tally;
  readonly seconds: number;
  readonly failures: readonly NonNullable<News['failed']>[];
  readonly isWhole: boolean;
}

async function playAll(): Promise<Outcome> {
  const seeds = Number(values.seeds);
  const jobs = Math.min(Number(values.jobs), seeds);
  const enough = Number(values.failures);
  const startedMs = performance.now();
  const tally = openTally();
  const failures: NonNullable<News['failed']>[] = [];
  const share = Math.ceil(seeds / jobs);
  const children = Array.from({ length: jobs }, (_, job) => {
    const from = Number(values.from) + job * share;
    const count = Math.max(0, Math.min(share, Number(values.from) + seeds - from));
    const args = ['--from', String(from), '--seeds', String(count), '--faults', values.faults];
    return fork(fileURLToPath(import.meta.url), [...args, ...flags], {
      env: { ...process.env, SIM_SHARE: '1' },
    });
  });
  const exits = children.map(
    (child) => new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code))),
  );
  for (const child of children) {
    child.on('message', (news: News) => {
      addTally(tally, news.tally);
      if (news.failed === null) return;
      failures.push(news.failed);
      say(`seed ${news.failed.seed}: ${news.failed.breaches.join('; ')}`);
      if (failures.length === enough) for (const each of children) each.kill();
    });
  }
  const codes = await Promise.all(exits);
  const seconds = (performance.now() - startedMs) / 1000;
  return { tally, seconds, failures, isWhole: codes.every((code) => code === 0) };
}

async function playMany(): Promise<number> {
  const { tally, seconds, failures, isWhole } = await playAll();
  const rate = Number((tally.schedules / seconds).toFixed(1));
  const { schedules, operations, faults } = tally;
  say(renderTally(tally));
  say(
    `${schedules} schedules, ${operations} operations in ${seconds.toFixed(1)} s: ${rate} schedules/s; ` +
      `${failures.length} failed`,
  );
  const [first] = failures;
  if (first !== undefined) await showShrunk(first.seed);
  const mutations = values.mutations ? await playMutations() : [];
  if (values.json !== undefined) {
    const about = { from: Number(values.from), schedules, operations, seconds, rate };
    const text = JSON.stringify({ v: 1, ...about, faults, breaches: failures, mutations }, null, 2);
    writeFileSync(values.json, `${text}\n`);
  }
  const isCaught = mutations.every(({ caughtAtSeed }) => caughtAtSeed !== null);
  return failures.length > 0 || !isWhole || !isCaught ? 1 : 0;
}

async function playMutations(): ReturnType<typeof catchAll> {
  const results = await catchAll();
  for (const { mutation, invariant, caughtAtSeed } of results) {
    const when = caughtAtSeed === null ? 'NOT caught' : `caught at seed ${caughtAtSeed}`;
    say(`  mutation "${mutation}" breaches ${invariant}: ${when}`);
  }
  return results;
}

async function showShrunk(seed: number): Promise<void> {
  const options = { seed, faults: faultsOf(seed) };
  const failed = await simulate(options);
  if (failed.breaches.length === 0) return say(`seed ${seed} does not fail again`);
  say(renderReport(failed, allowed, flags));
  const { report, only, omit, runs } = await shrink(options, failed);
  const small = [`--only '${[...only].join(',')}'`, `--omit '${[...omit].join(',')}'`];
  say(`shrunk in ${runs} runs from ${failed.injected.length} faults to ${only.size}:`);
  say(renderReport(report, allowed, [...flags, ...small]));
}

const setOf = (text: string | undefined): ReadonlySet<string> | undefined =>
  text === undefined ? undefined : new Set(text.split(',').filter((each) => each !== ''));

async function playOne(seed: number): Promise<number> {
  const about = { only: setOf(values.only), omit: setOf(values.omit) };
  const report = await simulate({ seed, faults: faultsOf(seed), ...about }, 1_000_000);
  say(renderReport(report, allowed, flags));
  return report.breaches.length > 0 ? 1 : 0;
}

if (values.seed !== undefined) process.exitCode = await playOne(Number(values.seed));
else if (process.env['SIM_SHARE'] === '1') await playShare();
else process.exitCode = await playMany();
