// Runs the bundle of the CLI through its common commands, and keeps what V8 compiled for them: a start then
// neither parses nor compiles it again. Usage: compile.js BUNDLE CODE, absolute paths.
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../context.ts';
import { openProgram } from './open-program.ts';

const PLAN = 'license_inventory';
const COMMANDS = [
  ['--help'],
  ['validate', PLAN],
  ['submit', PLAN],
  ['status'],
  ['status', '--json'],
];

const [bundle, code] = process.argv.slice(2) as [string, string];
const shared = await mkdtemp(join(tmpdir(), 'tutti-build-'));
try {
  await cp(join(projectRoot, 'shared/plans', PLAN), join(shared, 'plans', PLAN), {
    recursive: true,
  });
  const settings = join(shared, 'config.json');
  await writeFile(settings, '{}');
  const { program, script } = await openProgram(bundle, null);
  for (const command of COMMANDS) {
    const exitCode = await program.main([...command, '--settings', settings, '--shared', shared]);
    if (exitCode !== 0) throw new Error(`tutti ${command.join(' ')} ended with ${exitCode}`);
  }
  await writeFile(code, script.createCachedData());
} finally {
  await rm(shared, { recursive: true });
}
