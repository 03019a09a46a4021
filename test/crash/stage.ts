// Who plays in an ordeal: the brain with one agent, or launch with both.
import { eventually } from '../helpers/eventually.ts';
import type { Program } from '../helpers/program.ts';
import { Rig } from '../helpers/rig.ts';
import { startSuccessor } from '../helpers/successor.ts';
import type { Fate } from './points.ts';
import { planOf } from './workload.ts';

/** Who is struck, and the agent that plays with the brain. */
const AGENT_OF = { brain: 'gpu-1', 'gpu-1': 'gpu-1', 'cpu-1': 'cpu-1', launch: 'gpu-1' } as const;
export type Victim = keyof typeof AGENT_OF;

export const victimsOf = (fate: Fate): Victim[] =>
  // Launch holds nothing that another one could take over: a second one is refused while it lives.
  fate === 'dies' ? ['brain', 'gpu-1', 'cpu-1', 'launch'] : ['brain', 'gpu-1', 'cpu-1'];

const AGENTS = {
  'gpu-1': [{ name: 'gpu-1', kind: 'simulated', vramMib: 6144 }],
  'cpu-1': [{ name: 'cpu-1', kind: 'cpu', slots: 4 }],
} as const;
/** Takes the place of a stalled agent. */
const SPARES = {
  'gpu-1': [{ name: 'gpu-2', kind: 'simulated', vramMib: 6144 }],
  'cpu-1': [{ name: 'cpu-2', kind: 'cpu', slots: 4 }],
} as const;

/** Longer than any play: nobody is lost who comes back at once. */
const PATIENT = { heartbeatIntervalMs: 1000, leaseMs: 60_000 };
const SHORT = { heartbeatIntervalMs: 500, leaseMs: 2000 };

export function openStage(victim: Victim, fate: Fate): Rig {
  const name = AGENT_OF[victim];
  const isAgentStalled = fate === 'stalls' && victim !== 'brain';
  return new Rig({
    agents: isAgentStalled ? [...AGENTS[name], ...SPARES[name]] : AGENTS[name],
    // Quiet, so that two plays take nearly the same steps.
    config: {
      brain: { pollIntervalMs: 2000, stateIntervalMs: 1000, leaseMs: 2000 },
      agent: {
        ...(isAgentStalled ? SHORT : PATIENT),
        internalIntervalMs: 1000,
        pollIntervalMs: 2000,
        avoidMs: 100,
      },
      retry: { losses: 50, backoffMs: 50, backoffMsMax: 500 },
    },
  });
}

export const planFor = (victim: Victim): string => planOf(victim === 'cpu-1' ? 'cpu' : 'script');

type Environment = Readonly<Record<string, string>>;

export function start(rig: Rig, name: string, more: Environment = {}): Program {
  if (name === 'launch') return rig.startLaunch(more);
  return name === 'brain' ? rig.startBrain(more) : rig.startAgent(name, more);
}

/** Starts everybody but the spare; answers the victim. */
export function startAll(rig: Rig, victim: Victim, more: Environment): Program {
  const names = victim === 'launch' ? [victim] : ['brain', AGENT_OF[victim]];
  const programs = names.map((name) => start(rig, name, name === victim ? more : {}));
  const program = programs[names.indexOf(victim)]!;
  program.isEndWanted = true;
  return program;
}

/** A launch is ready when it watches over its agent, started or found alive. */
export async function isReady(rig: Rig, program: Program): Promise<void> {
  if (program.name !== 'launch') return rig.ready(program);
  await eventually(`launch is up: ${program.log()}`, () =>
    /gpu-1 +(started|found alive)/.test(program.log()),
  );
}

/** While the victim stalls: another brain, as soon as it gets the place, or the spare agent. */
export async function replace(rig: Rig, victim: Victim): Promise<Program> {
  if (victim === 'brain') return startSuccessor(rig);
  const program = rig.startAgent(SPARES[AGENT_OF[victim]][0].name);
  await rig.ready(program);
  return program;
}
