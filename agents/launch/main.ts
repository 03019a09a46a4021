// The entry of launch: one per host and shared directory.
//
//   node dist/agents/launch/main.js [--config F] [--shared D] [--brain-only | --no-brain] [--agents a,b]
//
// Its exit codes are those of process/shutdown.ts; docs/OPERATIONS.md says what each one means here.
import { startLaunch } from './start.ts';

const here = import.meta.dirname;
process.exitCode = await startLaunch(process.argv.slice(2), {
  brain: `${here}/../brain/main.js`,
  agent: `${here}/../gpu/main.js`,
});
