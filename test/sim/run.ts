// Plays one seed from beginning to end and answers what was wrong.
import { submit } from '../../agents/store/inbox.ts';
import { createStore } from '../../agents/store/store.ts';
import { Simulation } from './simulation.ts';
import type { SimulationOptions } from './simulation.ts';
import { isClosed, judge } from './verdict.ts';
import type { Play } from './workload.ts';

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
  for (const play of sim.plays) void submitLater(sim, play);
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

async function submitLater(sim: Simulation, { plan, batch, text, submitMs }: Play): Promise<void> {
  const host = sim.hosts[0]!;
  const life = sim.lifeOf('operator', host);
  await life.clock.sleep(submitMs);
  const disk = sim.diskFor(life, host, sim.dice, null);
  await disk.mkdir('inbox/.staging');
  await disk.mkdir('bells');
  const isDurable = sim.config.durability === 'full';
  const store = createStore(disk, isDurable, 'inbox/.staging', batch);
  const about = { v: 1, id: batch, plan, config: {}, priority: 5 } as const;
  await submit(
    store,
    { ...about, submitted_at: '2026-11-21T02:14:55Z', submitted_by: 'test' },
    text,
  );
}

async function untilClosed(sim: Simulation): Promise<void> {
  const { timeline, plays, faults } = sim;
  let isOver = false;
  const look = (): void => {
    // A run without any fault need not wait for the time of faults to pass.
    const isQuiet = timeline.nowMs > faults.untilMs || sim.trace.faults.length === 0;
    isOver = isQuiet && plays.every((play) => isClosed(sim, play));
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
    sim.roles.every(({ life }) => life?.isAlive === true && !life.isStalled);
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
