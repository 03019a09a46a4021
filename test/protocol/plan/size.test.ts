// What a plan of thousands of headings costs: each as much as one of a few, in steps that are short, and no more
// words for a mistake that every heading makes.
import { expect, it } from 'vitest';
import { renderFault } from '../../../agents/protocol/fault.ts';
import { parsePlan, planInSteps } from '../../../agents/protocol/plan/parse.ts';
import { fanText } from '../../../scripts/bench/plan-texts.ts';
import { faultsOf } from './bad-plans.ts';

/** Of a plan without its last heading, which names all others. */
const fanOf = (count: number): string => fanText(count).split('### join')[0]!;

const TIMES = 1000;

/** CPU time of a heading in µs: of `TIMES` in all, in plans of `count`. Each has a name of its own: none is kept. */
function cpuUsPerHeading(count: number): number {
  const text = fanOf(count);
  const before = process.cpuUsage();
  for (let n = 0; n < TIMES / count; n++) parsePlan(text, `plan-${n}.md`);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / TIMES;
}

it('a heading costs in a plan of 1,000 what it costs in one of ten', () => {
  // The first time it is not compiled yet.
  const least = (count: number): number => Math.min(cpuUsPerHeading(count), cpuUsPerHeading(count));
  const [small, large] = [least(10), least(TIMES)];
  expect(large / small, JSON.stringify({ small, large })).toBeLessThanOrEqual(1.3);
});

it('no step of a long plan reads more than a few headings', () => {
  const text = fanOf(500).replace('## Tasks', '<!-- A note. -->\n\n## Tasks');
  const steps = planInSteps(text, 'plan.md');
  let count = 0;
  while (steps.next().done !== true) count += 1;
  expect(count).toBeGreaterThan(text.length / 2048);
});

it('a task whose name thousands misspell is told to each of them in few words', () => {
  const faults = faultsOf(fanText(1000).replace('### root', '### roof'));
  expect(faults).toHaveLength(1000);
  expect(renderFault(faults[0]!)).toContain('Did you mean `roof`? Tasks of this plan: roof, f1,');
  expect(renderFault(faults[0]!)).toContain('f48, f49, and 951 more.');
  expect(renderFault(faults.at(-1)!)).not.toContain('Did you mean');
  expect(faults.every((fault) => renderFault(fault).length < 1000)).toBe(true);
});
