// What a soak does to the processes and the disk. Each trouble is one function that answers whether it came
// to pass, and leaves everything as it was: a stalled process goes on, a full disk is emptied.
import { EXIT } from '../../agents/process/shutdown.ts';
import { realClock } from '../../agents/process/clock.ts';
import type { AgentSignal, TaskSignal } from '../../agents/protocol/signal.ts';
import { readLanes } from '../helpers/lanes.ts';
import * as play from '../helpers/plays.ts';
import { isAlive, processesOf } from '../helpers/processes.ts';
import { endsWithin } from '../helpers/program.ts';
import type { Rig } from '../helpers/rig.ts';
import { startSuccessor } from '../helpers/successor.ts';
import type { Dice } from '../sim/dice.ts';
import type { Crew, Member } from './crew.ts';
import type { Field } from './field.ts';
import type { Trouble } from './figures.ts';

export interface Stage {
  readonly rig: Rig;
  readonly crew: Crew;
  readonly dice: Dice;
  readonly field: Field;
  readonly leaseMs: number;
  /** Tasks that got a signal, as `<batch>/<task>`: they alone may end aborted or killed. */
  readonly signalled: Set<string>;
}

type Act = (stage: Stage) => Promise<boolean>;

const MINUTE_MS = 60_000;

const brainOf = ({ crew }: Stage): Member => crew.members[0]!;
const anyAgent = ({ crew, dice }: Stage): Member => dice.pick(crew.members.slice(1));

/** With a member in hand, unless another trouble has it. */
async function withMember(member: Member, act: () => Promise<boolean>): Promise<boolean> {
  if (member.isBusy || member.program.end() !== null) return false;
  member.isBusy = true;
  try {
    return await act();
  } finally {
    member.isBusy = false;
  }
}

const kill =
  (choose: (stage: Stage) => Member, awayMs: (stage: Stage) => number): Act =>
  (stage) => {
    const member = choose(stage);
    return withMember(member, async () => {
      member.restartMs = realClock.monotonicMs() + awayMs(stage);
      member.program.signal('SIGKILL');
      await member.program.ended;
      return true;
    });
  };

const stall =
  (choose: (stage: Stage) => Member, ms: (stage: Stage) => number): Act =>
  (stage) => {
    const member = choose(stage);
    return withMember(member, async () => {
      member.program.signal('SIGSTOP');
      await realClock.sleep(ms(stage));
      member.program.signal('SIGCONT');
      return true;
    });
  };

/** The stalled brain wakes up when another one has its place, and must leave. */
const replaceBrain: Act = (stage) => {
  const { crew, rig } = stage;
  const member = brainOf(stage);
  return withMember(member, async () => {
    const old = member.program;
    // One that is still starting, or that a bad disk turns away, has nothing that could be taken over.
    const isUp = await rig.ready(old).then(
      () => true,
      () => false,
    );
    if (!isUp) return false;
    old.signal('SIGSTOP');
    const next = await startSuccessor(rig).catch(() => null);
    if (next !== null) member.program = next;
    old.isEndWanted = true;
    old.signal('SIGCONT');
    if (next === null) return false;
    await endsWithin(old, MINUTE_MS);
    const end = old.end();
    if (end !== EXIT.superseded) {
      crew.breaches.push(`a replaced brain ended with ${end}, expected ${EXIT.superseded}`);
    }
    return true;
  });
};

const signalAgent =
  (verb: AgentSignal): Act =>
  async (stage) => {
    const { name } = anyAgent(stage);
    await play.signal(stage.rig, { agent: name, verb });
    return true;
  };

const signalTask =
  (verb: TaskSignal): Act =>
  async ({ rig, dice, signalled }) => {
    const running = readLanes(rig.shared).files.filter(
      ({ lane, agent }) => lane === 'processing' && agent !== 'brain',
    );
    if (running.length === 0) return false;
    const { agent, batch, task, counts } = dice.pick(running);
    signalled.add(`${batch}/${task}`);
    await play.signal(rig, { agent: agent!, verb, batch, task, attempt: counts.attempt });
    return true;
  };

const fillDisk: Act = async ({ field, crew, dice }) => {
  crew.isDiskBad = true;
  await field.own!.fill();
  await realClock.sleep(dice.between(1000, 6000));
  field.own!.empty();
  await realClock.sleep(500);
  crew.isDiskBad = false;
  return true;
};

/** A file that is open for writing keeps a file system from becoming read-only, so the agents are stalled until their workers have ended. */
const remount: Act = async ({ field, crew, dice, rig, leaseMs }) => {
  const agents = crew.members
    .slice(1)
    .filter(({ isBusy, program }) => !isBusy && program.end() === null);
  crew.isDiskBad = true;
  for (const { program } of agents) program.signal('SIGSTOP');
  const endMs = realClock.monotonicMs() + 2 * leaseMs;
  const isIdle = (): boolean => processesOf(rig.shared).filter((pid) => isAlive(pid)).length === 0;
  let isDone = false;
  while (!isDone && realClock.monotonicMs() < endMs) {
    isDone = isIdle() && field.own!.remount('ro');
    if (!isDone) await realClock.sleep(20);
  }
  for (const { program } of agents) program.signal('SIGCONT');
  if (isDone) {
    await realClock.sleep(dice.between(1000, 2 * leaseMs));
    field.own!.remount('rw');
    await realClock.sleep(500);
  }
  crew.isDiskBad = false;
  return isDone;
};

const short = ({ dice }: Stage): number => dice.between(0, 1000);
const beyond = ({ dice, leaseMs }: Stage): number => leaseMs + dice.between(500, leaseMs);
const within = ({ dice, leaseMs }: Stage): number => dice.between(100, Math.round(leaseMs / 2));

/** How often each comes, relative to the others. */
export const ACTS: Readonly<Record<Trouble, { readonly weight: number; readonly act: Act }>> = {
  'brain killed': { weight: 6, act: kill(brainOf, short) },
  'brain stalled': { weight: 3, act: stall(brainOf, within) },
  'brain stalled and replaced': { weight: 2, act: replaceBrain },
  'agent killed': { weight: 8, act: kill(anyAgent, short) },
  'agent killed for longer than its lease': { weight: 4, act: kill(anyAgent, beyond) },
  'agent stalled': { weight: 3, act: stall(anyAgent, within) },
  'agent stalled beyond its lease': { weight: 4, act: stall(anyAgent, beyond) },
  'agent stopped by a signal file': { weight: 2, act: signalAgent('stop') },
  'agent stopped at once by a signal file': { weight: 2, act: signalAgent('stop_now') },
  'task aborted by a signal file': { weight: 1, act: signalTask('abort') },
  'task killed by a signal file': { weight: 1, act: signalTask('kill') },
  'disk full': { weight: 2, act: fillDisk },
  'disk remounted read-only': { weight: 2, act: remount },
};

export const DISK_TROUBLES: readonly Trouble[] = ['disk full', 'disk remounted read-only'];
