// Plays one seed from beginning to end and answers what was wrong.
import { scheduleDisasters } from './disasters.ts';
import { scheduleOperators } from './operator.ts';
import { Simulation } from './simulation.ts';
import type { SimulationOptions } from './simulation.ts';
import { isClosed, isInboxEmpty, judge } from './verdict.ts';

export interface Report {
  readonly seed: number;
  readonly breaches: readonly string[];
  readonly faults: readonly string[];
  readonly lastOperations: readonly string[];
  readonly operations: number;
  readonly virtualMs: number;
}

/** Long after everything should have ended. */
const DEADLINE_MS = 400_000;
/** Time for what comes late: a worker of a lost agent, a brain that wakes up. */
const AFTERMATH_MS = 4000;
const STOP_MS_MAX = 60_000;
const LOOK_MS = 250;

export async function simulate(options: SimulationOptions, linesKept?: number): Promise<Report> {
  const sim = new Simulation(options);
  if (linesKept !== undefined) sim.trace.kept = linesKept;
  scheduleOperators(sim);
  scheduleDisasters(sim);
  for (const role of sim.roles) sim.timeline.after(500 * sim.dice.next(), () => sim.start(role));
  await untilClosed(sim);
  if (sim.witness.breaches.length === 0) await close(sim);
  return {
    seed: options.seed,
    // What follows from a breach says nothing new.
    breaches: sim.witness.breaches.length > 0 ? sim.witness.breaches : judge(sim),
    faults: sim.trace.faults,
    lastOperations: sim.trace.render(),
    operations: sim.trace.operations,
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
  await timeline.run(() => isOver || sim.witness.breaches.length > 0, DEADLINE_MS);
}

/** A clean stop of everything that lives. */
async function close(sim: Simulation): Promise<void> {
  const { timeline } = sim;
  sim.faults.untilMs = timeline.nowMs;
  const isUp = (): boolean =>
    sim.roles
      .filter(({ isPermanent }) => isPermanent)
      .every(({ life }) => life?.isAlive === true && !life.isStalled);
  const isBroken = (): boolean => sim.witness.breaches.length > 0;
  await timeline.run(() => isUp() || isBroken(), DEADLINE_MS);
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
