// Plays one seed from beginning to end and answers what was wrong.
import { scheduleDisasters } from './disasters.ts';
import { scheduleOperators } from './operator.ts';
import type { FaultKind } from './faults.ts';
import { Simulation } from './simulation.ts';
import type { SimulationOptions } from './simulation.ts';
import type { Injected } from './trace.ts';
import { isClosed, isInboxEmpty, judge } from './verdict.ts';

export interface Report {
  readonly seed: number;
  readonly kinds: readonly FaultKind[];
  readonly breaches: readonly string[];
  readonly injected: readonly Injected[];
  readonly counts: ReadonlyMap<FaultKind, number>;
  readonly lastOperations: readonly string[];
  readonly operations: number;
  readonly virtualMs: number;
}

/** Time for what comes late: a worker of a lost agent, a brain that wakes up. */
const AFTERMATH_MS = 3000;
const STOP_MS_MAX = 60_000;
const LOOK_MS = 250;
/** Far more than any play needs: somebody spins. */
const OPERATIONS_MAX = 60_000;

export async function simulate(options: SimulationOptions, linesKept?: number): Promise<Report> {
  const sim = new Simulation(options);
  if (linesKept !== undefined) sim.trace.kept = linesKept;
  scheduleOperators(sim);
  scheduleDisasters(sim);
  for (const role of sim.roles) sim.timeline.after(500 * sim.dice.next(), () => sim.start(role));
  await untilClosed(sim);
  if (sim.witness.breaches.length === 0) await close(sim);
  const { trace, witness } = sim;
  return {
    seed: options.seed,
    kinds: options.faults,
    // What follows from a breach says nothing new.
    breaches: witness.breaches.length > 0 ? witness.breaches : judge(sim),
    injected: trace.injected,
    counts: trace.counts,
    lastOperations: trace.render(),
    operations: trace.operations,
    virtualMs: sim.timeline.nowMs,
  };
}

async function untilClosed(sim: Simulation): Promise<void> {
  const { timeline, plays, faults } = sim;
  let isOver = false;
  const look = (): void => {
    // What has ended stays so, unless operators bring it back or a loss of power takes it.
    const mayReturn = faults.has('operator') || faults.has('power');
    const isQuiet = timeline.nowMs > faults.untilMs || !mayReturn;
    isOver = isQuiet && isInboxEmpty(sim) && plays.every((play) => isClosed(sim, play));
    if (!isOver) timeline.after(LOOK_MS, look);
  };
  timeline.after(LOOK_MS, look);
  const { trace, witness } = sim;
  const isStuck = (): boolean => trace.operations > OPERATIONS_MAX;
  const isBroken = (): boolean => witness.breaches.length > 0;
  await timeline.run(() => isOver || isBroken() || isStuck(), sim.scenario.deadlineMs);
  if (isStuck()) witness.onBreach(`I4 no end after ${trace.operations} operations`);
}

/** A clean stop of everything that lives. */
async function close(sim: Simulation): Promise<void> {
  const { timeline } = sim;
  sim.faults.untilMs = timeline.nowMs;
  const isUp = (): boolean =>
    sim.roles.every(({ life, isPermanent }) =>
      life?.isAlive === true ? !life.isStalled : !isPermanent,
    );
  const isBroken = (): boolean => sim.witness.breaches.length > 0;
  await timeline.run(() => isUp() || isBroken(), timeline.nowMs + sim.scenario.deadlineMs);
  const untilMs = timeline.nowMs + AFTERMATH_MS;
  await timeline.run(isBroken, untilMs);
  sim.isClosing = true;
  for (const role of sim.roles) role.stop?.request(1);
  const isDown = (): boolean => sim.roles.every(({ life }) => life?.isAlive !== true);
  await timeline.run(() => isDown() || isBroken(), untilMs + STOP_MS_MAX);
  for (const { life, name } of sim.roles) {
    if (life?.isAlive === true) sim.witness.onBreach(`I8 ${name} does not stop`);
  }
}
