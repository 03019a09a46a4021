// What arrives over an air gap, on the rig's side: taken when it is complete, once for ever, in order, and
// from wherever a crash has left it.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Batch } from '../../agents/protocol/batch.ts';
import type { Command } from '../../agents/protocol/command.ts';
import { DIRECTORIES } from '../../agents/protocol/layout.ts';
import { receiveArrivals } from '../../agents/store/arrivals.ts';
import { sendCommand, submit } from '../../agents/store/inbox.ts';
import { prepareOutgoing } from '../../agents/store/outgoing.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { sendSignal } from '../../agents/store/signals.ts';
import { createStore } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';
import { namesIn, pathsBelow, textOf } from '../helpers/tree.ts';

const AT = '2026-11-21T02:14:55.000Z';
const ID = 'demo-20261121-021455-abcde';
const COMMAND = '20261121-021456000-abcde';
const STOP = { agent: 'cpu-1', verb: 'stop' } as const;
const ARRIVING = 'inbox/.arriving/gate';

interface Side {
  readonly root: string;
  readonly store: Store;
}

let home: string;
let gate: Side;
let rig: Side;

function openSide(name: string): Side {
  const root = join(home, name);
  for (const path of DIRECTORIES) mkdirSync(join(root, path), { recursive: true });
  const store = createStore(createDisk(root, false), false, 'inbox/.staging', `${name}-test`);
  return { root, store };
}

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tutti-arrivals-'));
  gate = openSide('gate');
  rig = openSide('rig');
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const batch: Batch = {
  v: 1,
  id: ID,
  plan: 'demo',
  config: {},
  priority: 5,
  submitted_at: AT,
  submitted_by: 'test',
};
const command = (id = COMMAND): Command => ({
  v: 1,
  id,
  verb: 'pause',
  batch: ID,
  at: AT,
  by: 'test',
});

function write(side: Side, path: string, text: string): void {
  mkdirSync(dirname(join(side.root, path)), { recursive: true });
  writeFileSync(join(side.root, path), text);
}

/** Everything that a gateway can send: a submission with its plan, a command about it, a signal. */
async function fill(): Promise<void> {
  write(gate, 'plans/demo/plan.md', '# Plan: demo\n');
  write(gate, 'plans/demo/scripts/run.sh', 'echo one\n');
  write(gate, 'plans/demo/batches/older/batch.json', '{}');
  await submit(gate.store, batch, '# Plan: demo\n');
  await sendCommand(gate.store, command());
  await sendSignal(gate.store, STOP, { v: 1, by: 'operator', reason: 'test', at: AT });
}

/** What rsync does, whole. */
async function carry(): Promise<void> {
  await prepareOutgoing(gate.store, 'gate');
  cpSync(join(gate.root, 'sync/outgoing'), join(rig.root, ARRIVING), { recursive: true });
}

const receive = async (): Promise<string[]> =>
  (await receiveArrivals(rig.store, AT)).map(({ key }) => key);

const at = (path: string): string => join(rig.root, path);

it('publishes everything where it belongs, with a receipt each', async () => {
  await fill();
  await carry();
  const keys = await receive();
  expect(keys).toEqual([
    ID,
    `${COMMAND}.command`,
    expect.stringMatching(/^cpu-1\.stop\.\w{7}\.signal$/),
  ]);
  expect(namesIn(at('inbox'))).toEqual([
    '.arriving',
    '.receipts',
    '.received',
    '.staging',
    `${COMMAND}.command.json`,
    ID,
  ]);
  expect(namesIn(at('inbox/.receipts'))).toEqual(keys.map((key) => `${key}.json`).toSorted());
  expect(pathsBelow(at('plans')).toSorted()).toEqual([
    'demo',
    'demo/plan.md',
    'demo/scripts',
    'demo/scripts/run.sh',
  ]);
  expect(namesIn(at('signals'))).toEqual(['cpu-1.stop.json', 'done']);
  expect(namesIn(at('inbox/.received'))).toEqual([]);
  expect(await receive()).toEqual([]);
});

it.each([
  ['a file is missing', (root: string) => rmSync(join(root, ID, 'plan.md'))],
  [
    'a file of the plan is missing',
    (root: string) => rmSync(join(root, ID, 'shipped/scripts/run.sh')),
  ],
  ['a file is short', (root: string) => writeFileSync(join(root, ID, 'plan.md'), '# Plan')],
  [
    'a file is damaged',
    (root: string) => writeFileSync(join(root, ID, 'plan.md'), '# Plan: dXmo\n'),
  ],
  ['the manifest is not there yet', (root: string) => rmSync(join(root, 'manifest.json'))],
  [
    'the manifest is half there',
    (root: string) => writeFileSync(join(root, 'manifest.json'), '{"v":'),
  ],
])('takes nothing, and lets nothing overtake, as long as %s', async (_, harm) => {
  await fill();
  await carry();
  harm(at(ARRIVING));
  const before = pathsBelow(rig.root);
  expect(await receive()).toEqual([]);
  expect(pathsBelow(rig.root)).toEqual(before);
  await carry();
  expect(await receive()).toHaveLength(3);
});

it('takes nothing twice: not what is sent again, not from an old copy, not after it was deleted', async () => {
  await fill();
  await carry();
  cpSync(at(ARRIVING), join(home, 'old'), { recursive: true });
  await receive();
  rmSync(at(`inbox/${ID}`), { recursive: true });
  rmSync(at(`inbox/${COMMAND}.command.json`));
  rmSync(at('signals/cpu-1.stop.json'));
  cpSync(join(home, 'old'), at(ARRIVING), { recursive: true });
  const before = pathsBelow(rig.root);
  expect(await receive()).toEqual([]);
  expect(pathsBelow(rig.root)).toEqual(before);
});

it('sends the same signal again when somebody gives it again', async () => {
  await fill();
  await carry();
  await receive();
  rmSync(at('signals/cpu-1.stop.json'));
  const later = '2026-11-21T03:00:00.000Z';
  await sendSignal(gate.store, STOP, { v: 1, by: 'operator', reason: 'test', at: later });
  await carry();
  expect(await receive()).toEqual([expect.stringMatching(/^cpu-1\.stop\.\w{7}\.signal$/)]);
  expect(textOf(at('signals/cpu-1.stop.json'))).toContain(later);
});

it.each(['taken', 'taken, with its receipt', 'taken, with its plan in place'])(
  'goes on where a crash left a parcel that was %s',
  async (step) => {
    await fill();
    await carry();
    mkdirSync(at('inbox/.received'), { recursive: true });
    cpSync(at(`${ARRIVING}/${ID}`), at(`inbox/.received/${ID}`), { recursive: true });
    if (step !== 'taken') write(rig, `inbox/.receipts/${ID}.json`, `{"v":1,"key":"${ID}","at":""}`);
    if (step.endsWith('in place')) {
      cpSync(at(`inbox/.received/${ID}/shipped`), at('plans/demo'), { recursive: true });
      rmSync(at(`inbox/.received/${ID}/shipped`), { recursive: true });
    }
    expect(await receive()).toHaveLength(3);
    expect(textOf(at(`inbox/${ID}/plan.md`))).toBe('# Plan: demo\n');
    expect(textOf(at('plans/demo/scripts/run.sh'))).toBe('echo one\n');
    expect(namesIn(at('inbox/.received'))).toEqual([]);
  },
);

it('brings a plan up to date, and leaves what only the rig has', async () => {
  write(rig, 'plans/demo/plan.md', '# Plan: old\n');
  write(rig, 'plans/demo/scripts/local.sh', 'echo rig\n');
  write(rig, 'plans/demo/batches/x/batch.json', '{}');
  await fill();
  await carry();
  await receive();
  expect(textOf(at('plans/demo/plan.md'))).toBe('# Plan: demo\n');
  expect(textOf(at('plans/demo/scripts/run.sh'))).toBe('echo one\n');
  expect(textOf(at('plans/demo/scripts/local.sh'))).toBe('echo rig\n');
  expect(textOf(at('plans/demo/batches/x/batch.json'))).toBe('{}');
});

it('takes no parcel that leads out of its folder', async () => {
  await fill();
  await carry();
  const path = at(`${ARRIVING}/manifest.json`);
  writeFileSync(path, readFileSync(path, 'utf8').replace('"plan.md"', '"../../../plan.md"'));
  expect(await receive()).toEqual([]);
});

it('on the gateway, what has a receipt is dropped, and what was withdrawn is not carried', async () => {
  await fill();
  const { manifest } = await prepareOutgoing(gate.store, 'gate');
  expect(manifest.parcels).toHaveLength(3);
  const [, { key: second }] = manifest.parcels as [unknown, { key: string }];
  write(gate, `inbox/.receipts/${second}.json`, '{}');
  rmSync(join(gate.root, 'signals/cpu-1.stop.json'));
  const after = await prepareOutgoing(gate.store, 'gate');
  expect(after.manifest.parcels.map(({ key }) => key)).toEqual([ID]);
  expect(namesIn(join(gate.root, 'sync/outgoing'))).toEqual([ID, 'manifest.json']);
  expect(namesIn(join(gate.root, 'inbox')).filter((name) => !name.startsWith('.'))).toEqual([ID]);
  expect(namesIn(join(gate.root, 'inbox/.staging'))).toEqual([]);
});

it('freezes a submission with its plan as it is when it is first seen', async () => {
  await fill();
  await prepareOutgoing(gate.store, 'gate');
  write(gate, 'plans/demo/scripts/run.sh', 'echo two\n');
  await carry();
  await receive();
  expect(textOf(at('plans/demo/scripts/run.sh'))).toBe('echo one\n');
});
