// docs/RELIABILITY.md from what the tests wrote down in docs/reliability/*.json. Pure: records in, page out.
// A row is there only when a test has shown it.
import * as z from 'zod';

const count = z.int().min(0);

const testsSchema = z.object({
  date: z.string(),
  rows: z.array(
    z.object({
      fault: z.string(),
      process: z.string(),
      step: z.string(),
      outcome: z.string(),
      file: z.string(),
      test: z.string(),
    }),
  ),
});

const crashSchema = z.object({
  date: z.string(),
  known: count,
  deaths: count,
  halves: count,
  stalls: count,
  missed: count,
  steps: z.array(
    z.object({
      process: z.string(),
      step: z.string(),
      deaths: count,
      halves: count,
      stalls: count,
      breached: count,
    }),
  ),
  breaches: z.array(z.string()),
});

const soakSchema = z.object({
  date: z.string(),
  seed: count,
  minutes: z.number(),
  file_system: z.string(),
  troubles: z.record(z.string(), count),
  batches: count,
  tasks: count,
  attempts: count,
  results_checked: count,
  requeues: count,
  late_results: count,
  breaches: z.array(z.string()),
});

const simSchema = z.object({
  schedules: count,
  operations: count,
  rate: z.number(),
  faults: z.record(z.string(), z.object({ schedules: count, injections: count, breaches: count })),
  breaches: z.array(z.unknown()),
  mutations: z.array(
    z.object({ mutation: z.string(), invariant: z.string(), caughtAtSeed: count.nullable() }),
  ),
});

const SOURCES = ['tests', 'crash', 'soak', 'sim'] as const;
/** The text of docs/reliability/<source>.json; null where that test has not been run. */
export type Evidence = Readonly<Record<(typeof SOURCES)[number], string | null>>;

type Cells = readonly (string | number)[];

const cell = (value: string | number): string => String(value).replaceAll('|', String.raw`\|`);
const line = (cells: Cells): string => `| ${cells.map(cell).join(' | ')} |`;
const table = (head: Cells, rows: readonly Cells[]): string =>
  [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');

const breachesOf = (found: number): string =>
  found === 0 ? 'no breach' : `**${found} ${found === 1 ? 'breach' : 'breaches'}**`;

function renderTests(text: string): string {
  const { date, rows } = testsSchema.parse(JSON.parse(text));
  return [
    '## Fault by fault',
    `Each row is what a test with real processes asserts; it passed on ${date}.`,
    table(
      ['Fault', 'Process', 'While', 'What happens', 'Shown by'],
      rows.map(({ fault, process, step, outcome, file, test }) => [
        fault,
        process,
        step,
        outcome,
        `\`${file}\`: ${test}`,
      ]),
    ),
  ].join('\n\n');
}

function renderCrash(text: string): string {
  const { date, known, deaths, halves, stalls, steps, ...rest } = crashSchema.parse(
    JSON.parse(text),
  );
  const played = deaths + stalls + rest.missed;
  const share = played < known ? `a sample: ${played} of ${known} points` : `all ${known} points`;
  return [
    '## Crash points',
    `\`npm run crash\` on ${date}, ${share}: ${deaths} deaths, ${halves} of them in half a write, and ${stalls} stalls of which ` +
      `each let somebody else end the batch; ${rest.missed} not reached; ${breachesOf(rest.breaches.length)}. A breach is a play that ends with other tasks than an ` +
      'undisturbed one, runs an attempt twice, or leaves a lane in disorder.',
    table(
      ['Process', 'Step', 'Deaths', 'In half a write', 'Stalls', 'Breaches'],
      steps.map((one) => [one.process, one.step, one.deaths, one.halves, one.stalls, one.breached]),
    ),
  ].join('\n\n');
}

function renderSoak(text: string): string {
  const soak = soakSchema.parse(JSON.parse(text));
  const done = Object.entries(soak.troubles).filter(([, times]) => times > 0);
  return [
    '## The soak',
    `\`npm run soak -- --minutes ${soak.minutes} --seed ${soak.seed}\` on ${soak.date}, on ${soak.file_system}: ${soak.batches} batches, ` +
      `${soak.tasks} tasks, ${soak.attempts} attempts, ${soak.results_checked} results compared byte for byte, ${soak.requeues} requeues, ` +
      `${soak.late_results} late results set aside; ${breachesOf(soak.breaches.length)}.`,
    table(['Fault', 'Times'], done),
  ].join('\n\n');
}

function renderSim(text: string): string {
  const sim = simSchema.parse(JSON.parse(text));
  const faults = Object.entries(sim.faults).filter(([, { schedules }]) => schedules > 0);
  const caught = sim.mutations.map(({ mutation, invariant, caughtAtSeed }) => [
    mutation,
    invariant,
    caughtAtSeed === null ? '**no**' : `at seed ${caughtAtSeed}`,
  ]);
  return [
    '## The simulator',
    `\`npm run sim\`: ${sim.schedules} schedules, ${sim.operations} file operations, ${sim.rate} schedules per second; ` +
      `${breachesOf(sim.breaches.length)}.`,
    table(
      ['Fault', 'Schedules', 'Times', 'Breaches'],
      faults.map(([fault, one]) => [fault, one.schedules, one.injections, one.breaches]),
    ),
    ...(caught.length === 0
      ? []
      : [
          'A checker that nobody saw fail is none. Each of these broken builds must be caught:',
          table(['Broken build', 'Invariant', 'Caught'], caught),
        ]),
  ].join('\n\n');
}

const HEAD = `# Reliability

Every process of tutti may be killed, stalled or cut off from its disk at any moment. Afterwards, once the processes run
again:

- each task is in exactly one lane, and every batch ends with the tasks complete that would be complete anyway;
- an outcome counts once: whatever an agent finishes after its lease ran out is kept beside it and never counts;
- nothing that was accepted has to be submitted again, and no start deletes anything;
- a copy of an old task file, which rsync or a backup brings back into a lane, runs nothing: it goes to quarantine, or
  stays where it is, and changes no outcome.

What is *not* promised: that a command runs once. An agent that dies for longer than its lease leaves a worker behind, and
the next attempt of its task starts elsewhere; commands write their results under another name and rename them. A task of the
brain's own (\`executor: brain\`) whose brain moves to another host for good is ended on the old one only when a brain starts
there again.

This page is generated by \`npm run docs\` from the records in \`docs/reliability/\`, which \`npm run reliability\` writes; a
test holds the two together. TESTING.md says how each test works.

## What a file system must give

| What | A local disk | A network mount | Without it | Shown by |
| --- | --- | --- | --- | --- |
| \`rename\` is atomic | yes | on one server | a task would be in two lanes | \`test/store/conformance.test.ts\` |
| \`rename\` tells the truth | yes | it may succeed and report an error | each error is judged by a look for the own destination | \`test/nfs/nfs-like.test.ts\` |
| a change is seen at once | yes | after its cache: \`agent.visibilityDelayMs\` | absence proves nothing, and leases are longer by it | \`test/nfs/nfs-like.test.ts\` |
| what is written stays after a loss of power | with \`durability: "full"\` | with \`durability: "full"\` and a server that syncs | only the death of processes is survived | \`test/sim/sim.test.ts\` |`;

const SECTIONS: Readonly<Record<(typeof SOURCES)[number], (text: string) => string>> = {
  tests: renderTests,
  crash: renderCrash,
  soak: renderSoak,
  sim: renderSim,
};

export function renderReliability(evidence: Evidence): string {
  const sections = SOURCES.flatMap((source) => {
    const text = evidence[source];
    return text === null ? [] : [SECTIONS[source](text)];
  });
  return `${[HEAD, ...sections].join('\n\n')}\n`;
}
