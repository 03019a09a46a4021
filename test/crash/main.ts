// All crash points: `npm run crash -- [--victims brain,gpu-1] [--fates dies,stalls] [--jobs 4] [--sample 50]
// [--step release] [--json FILE]`. One of them again: `npm run crash -- --point brain:17:half`.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { nameOf, sampleOf, strikeAll, survey } from './campaign.ts';
import type { Target } from './campaign.ts';
import type { Fate } from './points.ts';
import { renderReport, renderResult, reportOf } from './report.ts';
import { victimsOf } from './stage.ts';

const FLAGS = {
  victims: { type: 'string' },
  fates: { type: 'string', default: 'dies,stalls' },
  jobs: { type: 'string', default: String(2 * availableParallelism()) },
  sample: { type: 'string' },
  point: { type: 'string' },
  /** One step of the matrix, as the report names it. */
  step: { type: 'string' },
  json: { type: 'string' },
} as const;

const { values } = parseArgs({ options: FLAGS });
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const PROGRESS = 25;

const startedMs = performance.now();
const [pointVictim, , pointMoment] = values.point?.split(':') ?? [];
const fates =
  pointMoment === undefined
    ? (values.fates.split(',') as Fate[])
    : [pointMoment === 'stall' ? ('stalls' as const) : ('dies' as const)];
const wanted = pointVictim ?? values.victims;
const all: Target[] = [];
for (const fate of fates) {
  for (const victim of victimsOf(fate)) {
    if (wanted !== undefined && !wanted.split(',').includes(victim)) continue;
    const targets = await survey(victim, fate);
    say(`${victim} ${fate}: ${targets.length} points`);
    all.push(...targets);
  }
}
const named = all
  .filter((target) => (values.point ?? nameOf(target)) === nameOf(target))
  .filter(({ step }) => (values.step ?? step) === step);
const targets = values.sample === undefined ? named : sampleOf(named, Number(values.sample));
let done = 0;
const results = await strikeAll(targets, Number(values.jobs), (result) => {
  done += 1;
  if (result.is === 'breached') say(renderResult(result));
  if (done % PROGRESS === 0) say(`${done} of ${targets.length}`);
});
const date = new Date().toISOString().slice(0, 10);
const report = reportOf(results, all.length, date, (performance.now() - startedMs) / 1000);
say(renderReport(report));
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
process.exit(report.breaches.length > 0 ? 1 : 0);
