// The brain process. Usage: main.js [--config FILE] [--shared DIR]
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { keepHeapSmall } from '../process/heap.ts';
import { openLog } from '../process/log.ts';
import { loadSettings } from '../process/settings.ts';
import { EXIT, openShutdown } from '../process/shutdown.ts';
import { Fault, renderFault } from '../protocol/fault.ts';
import { hasBrain } from '../protocol/roster-names.ts';
import { asFullDisk } from '../store/full-disk.ts';
import { assemble } from './assemble.ts';
import { loadWorld } from './load.ts';
import { runBrain } from './loop.ts';
import { readLearned } from './remember.ts';
import { Superseded } from './superseded.ts';

const projectRoot = fileURLToPath(new URL('../../..', import.meta.url));

async function main(): Promise<number> {
  keepHeapSmall();
  const { values } = parseArgs({
    options: { config: { type: 'string' }, shared: { type: 'string' } },
  });
  const settings = loadSettings(values, projectRoot);
  const log = openLog('brain', settings.config.log.brain);
  const { brain, close } = await assemble(settings, log, openShutdown());
  try {
    await readLearned(brain);
    await loadWorld(brain.effects, brain.world);
    log.info({ epoch: brain.epoch, batches: brain.world.batches.size }, 'the brain is up');
    if (!hasBrain(settings.config)) {
      log.info('no role `brain` in the roster: nothing is rated, decided or diagnosed by a model');
    }
    await runBrain(brain);
    log.info('the brain has stopped');
    return EXIT.ok;
  } finally {
    await close();
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Superseded) return EXIT.superseded;
  if (!(error instanceof Fault)) return EXIT.internal;
  if (error.code === 'DISK_FULL') return EXIT.notNow;
  return error.code === 'BRAIN_RUNNING' ? EXIT.locked : EXIT.config;
}

try {
  process.exitCode = await main();
} catch (thrown) {
  const error = asFullDisk(thrown) ?? thrown;
  if (error instanceof Fault) process.stderr.write(`${renderFault(error)}\n`);
  else openLog('brain', 'info').error({ err: error }, 'the brain ends');
  process.exitCode = exitCodeOf(error);
}
// A timer or watcher that was left behind must not keep a stopped brain alive.
process.exit();
