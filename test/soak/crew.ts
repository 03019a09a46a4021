// The processes of a soak, and who starts them again: whatever ended, and however, is back after a while, as
// under any supervisor. What no trouble of ours explains is a breach.
import { realClock } from '../../agents/process/clock.ts';
import { EXIT } from '../../agents/process/shutdown.ts';
import type { Program } from '../helpers/program.ts';
import type { Rig } from '../helpers/rig.ts';

/** A brain or agent may always end with these: it was asked to, or another one has its place. */
const EXPLAINED = new Set<number | string>([EXIT.ok, EXIT.superseded, EXIT.locked, 'SIGKILL']);
/** With these while the disk is full or read-only, and shortly after. */
const DISK_ENDS = new Set<number | string>([EXIT.notNow, EXIT.config]);
const RESTART_MS = 100;

export interface Member {
  readonly name: string;
  program: Program;
  /** When it may be started again, on the monotonic clock. */
  restartMs: number;
  /** A trouble has it in hand; no other one takes it. */
  isBusy: boolean;
}

export interface Crew {
  readonly members: readonly Member[];
  readonly breaches: string[];
  /** The disk refuses, or did a moment ago. */
  isDiskBad: boolean;
  /** Resolves when everything has ended. */
  dismiss(): Promise<void>;
}

export function openCrew(rig: Rig): Crew {
  const over = new AbortController();
  const start = (name: string): Program =>
    name === 'brain' ? rig.startBrain() : rig.startAgent(name);
  const enlist = (name: string): Member => ({
    name,
    program: start(name),
    restartMs: 0,
    isBusy: false,
  });
  const crew: Crew = {
    members: ['brain', ...rig.agents.map(({ name }) => name)].map(enlist),
    breaches: [],
    isDiskBad: false,
    async dismiss() {
      over.abort();
      await Promise.all(rig.programs.map((program) => rig.stop(program)));
    },
  };
  const watch = async (member: Member): Promise<void> => {
    while (!over.signal.aborted) {
      const { program } = member;
      const end = await program.ended;
      if (over.signal.aborted) return;
      program.isEndWanted = true;
      const isExplained = EXPLAINED.has(end) || (crew.isDiskBad && DISK_ENDS.has(end));
      if (!isExplained) crew.breaches.push(`${member.name} ended with ${end}: ${tail(program)}`);
      const waitMs = Math.max(RESTART_MS, member.restartMs - realClock.monotonicMs());
      await realClock.sleep(waitMs, over.signal);
      // A trouble may have put another program in its place.
      if (!over.signal.aborted && member.program === program) member.program = start(member.name);
    }
  };
  for (const member of crew.members) void watch(member);
  return crew;
}

const tail = (program: Program): string => program.log().slice(-600).trim();
