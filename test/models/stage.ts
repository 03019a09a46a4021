// A temporary shared/ with one runtime on it, whose card is a ledger file or the CPU. After each test nothing may be
// left: no server, no watcher, no record, no temporary file.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RuntimeLimits, RuntimePorts } from '../../agents/models/driver.ts';
import { openRuntime } from '../../agents/models/open-runtime.ts';
import type { CardPort, ModelSpec, Runtime } from '../../agents/models/runtime.ts';
import { realClock, realRandom } from '../../agents/process/clock.ts';
import { openLog } from '../../agents/process/log.ts';
import { environment } from '../../agents/process/settings.ts';
import { realSpawner } from '../../agents/process/spawner.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { createStore } from '../../agents/store/store.ts';
import { usedMib } from '../fixtures/models/ledger.mjs';
import { writeTinyLlama } from '../helpers/gguf.ts';
import { isAlive, pids } from '../helpers/processes.ts';
import { FIXTURES } from './fakes.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
export const LLAMA_SERVER: string = join(FIXTURES, 'fake-llama-server.mjs');

const LIMITS: RuntimeLimits = {
  loadStallMs: 20_000,
  unloadGraceMs: 2000,
  ownerGraceS: 30,
  silenceMsMax: 20_000,
  lossesMax: 5,
  groupLossesMax: 3,
  lossWindowMs: 900_000,
  automaticContextTokensMax: 8192,
};

/** By `npm install`, or beside the built programs by `.ci/install-embedded`. */
export const isEngineInstalled: boolean = ['node_modules', 'dist/node_modules'].some((folder) =>
  existsSync(join(ROOT, folder, 'node-llama-cpp/package.json')),
);

let stages = 0;

export class Stage {
  readonly home: string = mkdtempSync(join(tmpdir(), 'tutti-models-'));
  readonly agent: string = `card-${process.pid}-${stages++}`;
  readonly busy: Set<string> = new Set();
  private readonly runtimes: Runtime[] = [];
  private readonly ledger: string = join(this.home, 'ledger.json');
  private totalMib: number | null = null;

  constructor() {
    mkdirSync(join(this.home, `shared/gpus/${this.agent}/tmp`), { recursive: true });
  }

  /** From now on the card has so much memory, and the fake servers take theirs from it. */
  setCard(totalMib: number): void {
    this.totalMib = totalMib;
    writeFileSync(this.ledger, JSON.stringify({ totalMib, entries: [] }));
  }

  get freeMib(): number {
    return (this.totalMib ?? 0) - usedMib(this.ledger);
  }

  get card(): CardPort {
    const { totalMib } = this;
    return {
      devices: totalMib === null ? '' : 'GPU-0',
      memory: () =>
        totalMib === null ? null : { budgetMib: totalMib * 0.8, freeMib: this.freeMib },
      isIdle: (model) => !this.busy.has(model),
    };
  }

  async open(
    limits: Partial<RuntimeLimits> = {},
    changes: Partial<RuntimePorts> = {},
  ): Promise<Runtime> {
    const disk = createDisk(join(this.home, 'shared'), false);
    const owner = realSpawner.identify(process.pid)!;
    const ports: RuntimePorts = {
      store: createStore(disk, false, `gpus/${this.agent}/tmp`, realRandom.text(6)),
      clock: realClock,
      random: realRandom,
      spawner: realSpawner,
      env: environment(),
      log: openLog(this.agent, 'silent'),
      agent: { kind: 'gpu', name: this.agent },
      owner,
      embeddedEntry: join(ROOT, 'dist/agents/models/embedded/main.js'),
      lockName: this.home,
      limits: { ...LIMITS, ...limits },
      ...changes,
    };
    const runtime = await openRuntime(ports, this.card);
    this.runtimes.push(runtime);
    return runtime;
  }

  /** A tiny model that the fake llama-server serves in its way. */
  model(name: string, behaviour: Readonly<Record<string, unknown>> = {}): ModelSpec {
    const source = join(this.home, `${name}.gguf`);
    writeTinyLlama(source);
    const { ledger } = this;
    const fake = { ...(this.totalMib === null ? {} : { ledger }), ...behaviour };
    writeFileSync(`${source}.fake.json`, JSON.stringify(fake));
    return specOf({ name, source, program: LLAMA_SERVER });
  }

  /** As if the agent that answers for the server had died: nobody has this pid and start time. */
  orphan(model: string): void {
    const path = `shared/gpus/${this.agent}/servers/${model}.owner`;
    writeFileSync(join(this.home, path), '999999999 1\n');
  }

  list(path: string): string[] {
    try {
      return readdirSync(join(this.home, 'shared', path));
    } catch {
      return [];
    }
  }

  read(path: string): string {
    return readFileSync(join(this.home, 'shared', path), 'utf8');
  }

  /** Processes whose environment carries a mark of this agent. */
  get servers(): number[] {
    const mark = `TUTTI_CLAIM=server.${this.agent}.`;
    return pids().filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(mark) && isAlive(pid);
      } catch {
        return false;
      }
    });
  }

  /** Sentences about what is left; a test expects none. */
  async close(): Promise<string[]> {
    await Promise.all(this.runtimes.map((runtime) => runtime.close()));
    const left = this.servers.map((pid) => `process ${pid} was left alive`);
    for (const pid of this.servers) process.kill(pid, 'SIGKILL');
    const records = this.list(`gpus/${this.agent}/servers`).filter((file) =>
      file.endsWith('.json'),
    );
    left.push(...records.map((file) => `${file} was left`));
    left.push(...this.list(`gpus/${this.agent}/tmp`).map((file) => `tmp/${file} was left`));
    rmSync(this.home, { recursive: true });
    return left;
  }
}

export const specOf = (changes: Partial<ModelSpec>): ModelSpec => ({
  name: 'demo',
  driver: 'llama-server',
  source: '',
  contextTokens: 4096,
  kvType: 'f16',
  slots: 1,
  vramMib: null,
  url: null,
  keyVariable: null,
  program: null,
  args: [],
  ...changes,
});
