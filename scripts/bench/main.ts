// `npm run bench`: the scenarios of docs/PERFORMANCE.md on this machine. Run it on a quiet one.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import type { Bench } from './bench.ts';
import { openGround } from './ground.ts';
import type { Ground } from './ground.ts';
import { measureLimits } from './limits.ts';
import { measurePeers, PEERS_HEAD } from './peers.ts';
import { describeMachine, writeReport } from './report.ts';
import type { Row } from './sample.ts';
import { SCENARIOS } from './scenarios.ts';
import { killAll } from './stage.ts';
import { cellsOf, HEAD, lineOf, markdownTable } from './table.ts';

const RESULTS = 'results';
const RUNS = 5;
const RUNS_QUICK = 3;

const { values: flags } = parseArgs({
  options: {
    runs: { type: 'string' },
    scenario: { type: 'string' },
    quick: { type: 'boolean', default: false },
    peers: { type: 'boolean', default: false },
    dir: { type: 'string' },
    slots: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
});

const print = (line: string): void => void process.stdout.write(`${line}\n`);
/** What was measured, by section of the page. */
const rows = new Map<string, Row[]>();
let section = RESULTS;
let kind = '';
/** Those that are mounted now. */
const grounds = new Set<Ground>();

const bench: Bench = {
  runs: Number(flags.runs ?? (flags.quick ? RUNS_QUICK : RUNS)),
  isQuick: flags.quick,
  slots: Number(flags.slots ?? availableParallelism()),
  async openGround() {
    const ground = await openGround(flags.dir ?? null);
    kind = ground.kind;
    grounds.add(ground);
    const close = async (): Promise<void> => {
      await ground.close();
      grounds.delete(ground);
    };
    return { ...ground, close };
  },
  row(row) {
    rows.set(section, [...(rows.get(section) ?? []), row]);
    print(lineOf(row));
  },
  note: print,
};

// `--scenario ''`: none, for the peers alone.
const letters =
  flags.scenario?.split(',').filter((letter) => letter !== '') ??
  SCENARIOS.map(({ letter }) => letter);
const unknown = letters.filter((letter) => !SCENARIOS.some((one) => one.letter === letter));
if (unknown.length > 0) throw new Error(`no scenario ${unknown.join(', ')}`);

for (const name of ['SIGINT', 'SIGTERM'] as const) {
  process.on(name, () => {
    killAll();
    void Promise.allSettled([...grounds].map((ground) => ground.close())).then(() =>
      process.exit(130),
    );
  });
}

const chosen = SCENARIOS.filter(({ letter }) => letters.includes(letter));
if (chosen.some((one) => one.section === undefined)) {
  for (const row of await measureLimits(bench)) bench.row(row);
}
for (const scenario of chosen) {
  section = scenario.section ?? RESULTS;
  await scenario.run(bench);
}

// The page shows complete runs only, unless somebody insists.
const isShown = flags.write || (!flags.quick && flags.scenario === undefined);
if (isShown) {
  for (const [name, own] of rows) {
    await writeReport(name, describeMachine(kind), markdownTable(HEAD, own.map(cellsOf)));
  }
}
if (flags.peers) {
  const table = markdownTable(PEERS_HEAD, await measurePeers(bench));
  print(`\n${table}`);
  if (flags.write || !flags.quick) await writeReport('peers', describeMachine(kind), table);
}
