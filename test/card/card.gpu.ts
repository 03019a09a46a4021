// What only a real card can show: that nvidia-smi prints what we parse, whose memory is whose, and that a task sees the
// card of its agent and no other. It fails where there is no card, and takes half a GiB of the first one for a moment.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeAll, expect, it } from 'vitest';
import { openProbe } from '../../agents/gpu/probe.ts';
import type { Probe } from '../../agents/gpu/probe.ts';
import { listCards } from '../../agents/process/cards.ts';
import type { ListedCard } from '../../agents/process/cards.ts';
import { realClock } from '../../agents/process/clock.ts';
import { openLog } from '../../agents/process/log.ts';
import { eventually } from '../helpers/eventually.ts';
import { planText } from '../helpers/plan-text.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';

const HOLD = join(import.meta.dirname, 'hold-memory.py');
const MIB = 512;

let cards: readonly ListedCard[] = [];
beforeAll(async () => {
  const listed = await listCards(10_000);
  const problem = listed.is === 'failed' ? listed.problem : 'nvidia-smi is not on the PATH';
  if (listed.is !== 'ok') throw new Error(`there is no NVIDIA card to test on: ${problem}`);
  if (listed.cards.length === 0) throw new Error('there is no NVIDIA card to test on: none listed');
  cards = listed.cards;
});

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function probe(uuid: string): Probe {
  const settings = { uuid, intervalMs: 500, timeoutMs: 10_000, backoffMsMax: 10_000 };
  const opened = openProbe(settings, realClock, openLog('probe', 'silent'));
  ends.push(() => opened.close());
  return opened;
}

const known = (opened: Probe): Promise<true> =>
  eventually(`telemetry: ${opened.read(0).problem}`, () => opened.read(0).problem === null);

interface Holder {
  readonly cards: number;
  readonly uuid: string;
  readonly pid: number;
}

/** A process group of its own, as workers are. */
async function hold(uuid: string): Promise<Holder> {
  const env = { ...process.env, CUDA_VISIBLE_DEVICES: uuid };
  const stdio = ['ignore', 'pipe', 'inherit'] as const;
  const child: ChildProcess = spawn('python3', [HOLD, String(MIB)], {
    env,
    stdio: [...stdio],
    detached: true,
  });
  const ended = once(child, 'close');
  ends.push(() => (child.kill('SIGKILL'), ended));
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const line = await lines.next();
  if (line.done === true) throw new Error('hold-memory.py ended before it held anything');
  return JSON.parse(line.value) as Holder;
}

it('every card is listed with its memory, and its telemetry is read', async () => {
  for (const { uuid, vramTotalMib } of cards) {
    expect(vramTotalMib).toBeGreaterThan(0);
    const opened = probe(uuid);
    await known(opened);
    const { card } = opened.read(0);
    expect(card).toMatchObject({ uuid, vram_total_mib: vramTotalMib });
    expect(card.name).not.toBe(null);
    expect(card.vram_used_mib).not.toBe(null);
    expect(card.throttle_reasons).not.toBe(null);
    expect(card.temperature_celsius).toBeGreaterThan(0);
  }
});

it('the memory of a CUDA process is found under its group, or on the card where that is all there is', async () => {
  const [{ uuid }] = cards as [ListedCard];
  const opened = probe(uuid);
  await known(opened);
  const beforeMib = opened.read(0).card.vram_used_mib!;
  const { pid } = await hold(uuid);
  await eventually(
    'the card shows it',
    () => opened.read(0).card.vram_used_mib! - beforeMib >= MIB,
  );
  const groups = await opened.measureGroups();
  // In a container nvidia-smi names processes of another host, or none: then nothing is said of groups.
  if (groups === null) {
    process.stderr.write('nvidia-smi tells nothing of processes here: only the total is tested\n');
  }
  expect(groups === null ? MIB : groups.get(pid)).toBeGreaterThanOrEqual(MIB);
});

it('a task sees the card of its agent by UUID, and no other', async () => {
  for (const { uuid } of cards) {
    const rig = await openRig({ agents: [{ name: 'gpu-1', kind: 'gpu', uuid }] });
    try {
      const command = `python3 ${HOLD} ${MIB} 3`;
      const task = { task_class: 'script', vram_estimate_mb: '1024', command };
      const batch = await play.submit(rig, planText({ draw: task }));
      expect((await play.verdictOf(rig, batch, 60_000)).verdict).toBe('complete');
      const [record] = play.attemptsOf(rig, batch);
      expect(record?.result).toMatchObject({ cards: 1, uuid });
    } finally {
      await rig.close();
    }
  }
});
