// `tutti bench models`: a runtime of its own in a temporary directory, so that no agent and no shared/ is disturbed.
// The load of a model waits for its turn on this host as every other load does.
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRuntime } from '../../../agents/models/open-runtime.ts';
import type { CardPort, ModelSpec } from '../../../agents/models/runtime.ts';
import { LOAD_LOCK } from '../../../agents/models/driver.ts';
import { realClock, realRandom } from '../../../agents/process/clock.ts';
import { openLog } from '../../../agents/process/log.ts';
import { environment } from '../../../agents/process/settings.ts';
import { realSpawner } from '../../../agents/process/spawner.ts';
import type { Config } from '../../../agents/protocol/config.ts';
import { agentPath } from '../../../agents/protocol/layout.ts';
import { createDisk } from '../../../agents/store/real-disk.ts';
import { createStore } from '../../../agents/store/store.ts';
import { measureAll } from './measure.ts';
import type { Measured, MeasureOptions } from './measure.ts';
import { meterPower, noPower } from './power.ts';

export interface BenchOrder extends MeasureOptions {
  readonly specs: readonly ModelSpec[];
  /** UUID of the card; null: the CPU. */
  readonly gpu: string | null;
  readonly limits: Config['runtime'];
  readonly embeddedEntry: string;
}

export interface BenchResult {
  readonly measured: readonly Measured[];
  /** Of the servers that this bench started, as they ran. */
  readonly commandLines: ReadonlyMap<string, string>;
}

const AGENT = { kind: 'gpu', name: 'bench' } as const;

/** Everything that was started is gone when it resolves or rejects. @throws Fault MODEL_* */
export async function benchModels(
  order: BenchOrder,
  note: (text: string) => void,
): Promise<BenchResult> {
  const home = await mkdtemp(join(tmpdir(), 'tutti-bench-models-'));
  const disk = createDisk(home, false);
  const staging = `${agentPath(AGENT.kind, AGENT.name)}/tmp`;
  await disk.mkdir(staging);
  const card: CardPort = {
    devices: order.gpu ?? '',
    // Nobody else is counted here: a comparison wants the card for itself, and says so when it is full.
    memory: () => (order.gpu === null ? null : { budgetMib: Infinity, freeMib: Infinity }),
    isIdle: () => false,
  };
  const runtime = await openRuntime(
    {
      store: createStore(disk, false, staging, realRandom.text(6)),
      clock: realClock,
      random: realRandom,
      spawner: realSpawner,
      env: environment(),
      log: openLog('bench', 'silent'),
      agent: AGENT,
      owner: realSpawner.identify(process.pid)!,
      embeddedEntry: order.embeddedEntry,
      lockName: LOAD_LOCK,
      limits: order.limits,
    },
    card,
  );
  const power = order.gpu === null ? noPower : meterPower(order.gpu, realClock);
  const { joules } = power;
  try {
    const ports = { runtime, clock: realClock, random: realRandom, joules, note };
    const measured = await measureAll(ports, order.specs, order);
    const lines = await Promise.all(measured.map(commandLineOf));
    return { measured, commandLines: new Map(lines.filter((line) => line !== null)) };
  } finally {
    power.stop();
    await runtime.close();
    await rm(home, { recursive: true });
  }
}

async function commandLineOf({ backend, pid }: Measured): Promise<[string, string] | null> {
  if (pid === null) return null;
  const text = await readFile(`/proc/${pid}/cmdline`, 'utf8');
  return [backend, text.split('\0').join(' ').trim()];
}
