// A brain that takes the place of one that stalls: as under a supervisor, it is started again until it is let in.
import { EXIT } from '../../agents/process/shutdown.ts';
import { eventually } from './eventually.ts';
import type { Program } from './program.ts';
import type { Rig } from './rig.ts';

const DEADLINE_MS = 60_000;

export function startSuccessor(rig: Rig): Promise<Program> {
  return eventually(
    'another brain has the place',
    async () => {
      const program = rig.startBrain();
      const isUp = await rig.ready(program).then(
        () => true,
        () => false,
      );
      // While the lock of the old one is fresh.
      program.isEndWanted = program.end() === EXIT.locked;
      return isUp ? program : null;
    },
    DEADLINE_MS,
  );
}
