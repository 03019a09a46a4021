// Random plans, and what must become of them: which tasks complete when nothing but the commands
// themselves fails. Faults may delay that; they may not change it.
import { SUMMARY_TASK } from '../../agents/protocol/ids.ts';
import { planText } from '../helpers/plan-text.ts';
import { openDice } from './dice.ts';
import type { Dice } from './dice.ts';
import { ALWAYS, writePerformance } from './performance.ts';
import type { Written } from './performance.ts';
import { isRated } from './thoughts.ts';

export interface Heading {
  readonly name: string;
  readonly taskClass: 'cpu' | 'script' | 'llm' | 'meta' | 'brain' | 'none';
  readonly performance: Written;
  readonly retries: number;
  readonly timeoutS: number | null;
  readonly deps: readonly string[];
  /** The heading whose manifest it is made from. */
  readonly source: string | null;
  /** The foreach that it follows item by item. */
  readonly follows: string | null;
  readonly priority: number | null;
  readonly vramMib: number;
  /** What a task of class llm runs on; null: it brings its own. */
  readonly model: string | null;
  /** Whether what it makes is rated before it counts. */
  readonly isRated: boolean;
}

export interface Play {
  readonly plan: string;
  readonly batch: string;
  readonly submitMs: number;
  readonly text: string;
  readonly headings: readonly Heading[];
  /** Ids of the tasks and templates that complete. */
  readonly completed: ReadonlySet<string>;
  /** Every task and template, by the heading it belongs to. */
  readonly expected: ReadonlyMap<string, Heading | null>;
  readonly goal: PlayGoal | null;
}

/** The batch may end as soon as `target` children of the tracked heading are complete. */
export interface PlayGoal {
  readonly tracked: string;
  readonly target: number;
}

/** More than faults can use up: what passes in the end must pass in every run. */
const RETRIES_ENOUGH = 60;
const HANG_MS = 3_600_000;

function performanceOf(
  dice: Dice,
  items: number | null,
): Pick<Heading, 'performance' | 'retries' | 'timeoutS'> {
  const kind = items === null ? dice.next() : 0;
  const base = {
    durationMs: dice.pick([0, 0, 30, 30, 400, 400, 2500, 6000]) + dice.between(0, 50),
    code: dice.pick([1, 1, 75, 137]),
    fails: 0,
    ignoresTerm: dice.chance(0.2),
    straysMs: dice.chance(0.1) ? dice.between(10, 3000) : 0,
    manifest: null,
  };
  if (kind < 0.6) return { performance: base, retries: RETRIES_ENOUGH, timeoutS: null };
  if (kind < 0.8) {
    return {
      performance: { ...base, fails: dice.between(1, 2) },
      retries: RETRIES_ENOUGH,
      timeoutS: null,
    };
  }
  if (kind < 0.92) {
    const performance = { ...base, code: 1, fails: ALWAYS };
    return { performance, retries: dice.between(0, 1), timeoutS: null };
  }
  return { performance: { ...base, durationMs: HANG_MS }, retries: 0, timeoutS: 2 };
}

function headingOf(dice: Dice, index: number, before: readonly Heading[]): Heading {
  const name = `t${index}`;
  const producers = before.filter(({ performance }) => performance.manifest !== null);
  const producer = producers.length > 0 && dice.chance(0.6) ? dice.pick(producers) : null;
  const siblings = before.filter(({ source }) => source !== null && source === producer?.name);
  const follows = siblings.length > 0 && dice.chance(0.7) ? dice.pick(siblings).name : null;
  const deps = before.map((one) => one.name).filter(() => dice.chance(0.35));
  if (producer !== null && !deps.includes(producer.name)) deps.push(producer.name);
  const items = producer === null && dice.chance(0.35) ? dice.between(0, 4) : null;
  const shown = performanceOf(dice, items);
  const manifest = items === null ? null : { path: `{BATCH_PATH}/items-${name}.json`, items };
  return {
    name,
    ...shown,
    model: ['one', null, 'two'][index % 3]!,
    isRated: false,
    performance: { ...shown.performance, manifest },
    taskClass: dice.pick(['cpu', 'cpu', 'cpu', 'script', 'script', 'llm', 'meta', 'brain']),
    deps: deps.filter((dep) => dep !== follows),
    source: producer?.name ?? null,
    follows,
    priority: dice.chance(0.2) ? dice.between(1, 10) : null,
    vramMib: dice.pick([1000, 2000, 5000]),
  };
}

function fieldsOf(heading: Heading): Record<string, string | number> {
  const { performance, retries, timeoutS, deps, source, follows, taskClass, priority, vramMib } =
    heading;
  const all = follows === null ? deps : [...deps, `${follows}_{ITEM.id}`];
  return {
    ...(taskClass === 'brain' ? { executor: 'brain' } : { task_class: taskClass }),
    ...(taskClass === 'script' ? { vram_estimate_mb: vramMib } : {}),
    ...(taskClass === 'llm' && heading.model !== null ? { llm_model: heading.model } : {}),
    command: writePerformance(performance),
    retries,
    ...(timeoutS === null ? {} : { timeout: timeoutS }),
    ...(all.length === 0 ? {} : { depends_on: all.join(', ') }),
    ...(source === null ? {} : { foreach: `{BATCH_PATH}/items-${source}.json:items` }),
    ...(priority === null ? {} : { priority }),
    ...(heading.isRated ? { evaluate: 'true' } : {}),
  };
}

/** `omit` leaves out whole plans (`plan0`) or tasks with what depends on them (`plan0/t2`). */
export function inventPlays(seed: number, omit: ReadonlySet<string> = new Set()): Play[] {
  const dice = openDice(seed, 'plans');
  const count = dice.chance(0.25) ? 2 : 1;
  const plays = Array.from({ length: count }, (_, index) => {
    const submitMs = dice.between(0, 1000);
    return inventPlay(dice, index, submitMs, omit, (plan, name) => isRated(seed, plan, name));
  });
  return plays.filter(({ plan, headings }) => !omit.has(plan) && headings.length > 0);
}

function inventPlay(
  dice: Dice,
  index: number,
  submitMs: number,
  omit: ReadonlySet<string>,
  asks: (plan: string, heading: string) => boolean,
): Play {
  const invented: Heading[] = [];
  const count = dice.pick([1, 2, 2, 3, 3, 4, 5]);
  for (let n = 0; n < count; n++) invented.push(headingOf(dice, n, invented));
  const plan = `plan${index}`;
  const batch = `${plan}-20261121-021455-${dice.text(5)}`;
  const kept = without(invented, plan, omit);
  const goal = dice.chance(0.3) ? goalOf(dice, kept) : null;
  // What a goal has no more use for ends as it stands, and that may be unrated.
  const mayAsk = ({ name, taskClass }: Heading): boolean =>
    ['cpu', 'script', 'llm'].includes(taskClass) && (goal === null || goal.tracked === name);
  const headings = kept.map((one) => ({ ...one, isRated: mayAsk(one) && asks(plan, one.name) }));
  const tasks = Object.fromEntries(headings.map((one) => [one.name, fieldsOf(one)]));
  const text = planText(tasks, goal === null ? '' : goalText(goal));
  return { plan, batch, submitMs, text, headings, goal, ...foresee(headings) };
}

function without(all: readonly Heading[], plan: string, omit: ReadonlySet<string>): Heading[] {
  const kept: Heading[] = [];
  for (const heading of all) {
    const { name, deps, follows } = heading;
    const needed = follows === null ? deps : [...deps, follows];
    const isWhole = needed.every((dep) => kept.some((one) => one.name === dep));
    if (isWhole && !omit.has(`${plan}/${name}`)) kept.push(heading);
  }
  return kept;
}

/** Only where nothing else waits for the children. */
function goalOf(dice: Dice, headings: readonly Heading[]): PlayGoal | null {
  const isAwaited = (name: string): boolean =>
    headings.some((one) => one.follows === name || one.deps.includes(name));
  const tracked = headings.find(
    ({ name, source, performance, timeoutS }) =>
      source !== null && performance.fails === 0 && timeoutS === null && !isAwaited(name),
  );
  if (tracked === undefined) return null;
  return { tracked: tracked.name, target: dice.between(1, 3) };
}

const goalText = ({ tracked, target }: PlayGoal): string =>
  [
    '## Goal',
    '',
    '- **type**: target_count',
    `- **target**: ${target}`,
    `- **tracked_task**: ${tracked}`,
    '',
  ].join('\n');

const passes = ({ performance, timeoutS }: Heading): boolean =>
  performance.fails < ALWAYS && timeoutS === null;

/** What becomes of a plan when nothing breaks but its own commands. */
export function foresee(headings: readonly Heading[]): Pick<Play, 'completed' | 'expected'> {
  const completed = new Set<string>([SUMMARY_TASK]);
  const expected = new Map<string, Heading | null>([[SUMMARY_TASK, null]]);
  const expanded = new Set<string>();
  const byName = new Map(headings.map((heading) => [heading.name, heading]));
  for (const heading of headings) {
    const { name, deps, source, follows } = heading;
    expected.set(name, heading);
    const isReady = deps.every((dep) => completed.has(dep));
    if (source === null) {
      if (isReady && passes(heading)) completed.add(name);
      continue;
    }
    // The items are known only when the task that lists them has run.
    if (!isReady || !completed.has(source)) continue;
    const items = byName.get(source)!.performance.manifest!.items;
    if (follows !== null && !expanded.has(follows)) continue;
    expanded.add(name);
    let done = 0;
    for (let item = 0; item < items; item++) {
      const id = `${name}_${item}`;
      expected.set(id, heading);
      if (follows !== null && !completed.has(`${follows}_${item}`)) continue;
      if (!passes(heading)) continue;
      completed.add(id);
      done += 1;
    }
    if (done === items) completed.add(name);
  }
  return { completed, expected };
}
