// What does not happen at an operation but at a moment: the power fails, a second brain starts, clocks
// jump, somebody leaves files in the lanes. Operators are in operator.ts.
import { formatQueue, NO_COUNTS } from '../../agents/protocol/lane-name.ts';
import { PROCESSING, QUEUE } from '../../agents/protocol/layout.ts';
import { playBrain } from './cast.ts';
import { keyOf } from './lane-index.ts';
import type { Simulation } from './simulation.ts';
import { loseBytes } from './undo.ts';

const HOUR_MS = 3_600_000;

export function scheduleDisasters(sim: Simulation): void {
  const { faults, timeline } = sim;
  const times = (kind: Parameters<typeof faults.has>[0], most: number, act: () => void): void => {
    if (!faults.has(kind)) return;
    const dice = faults.diceOf(kind);
    const count = dice.between(0, most);
    for (let n = 0; n < count; n++) {
      timeline.after(dice.next() * faults.untilMs, () => {
        if (timeline.nowMs <= faults.untilMs) act();
      });
    }
  };
  times('power', 2, () => failPower(sim));
  times('brains', 3, () => startRival(sim));
  times('clock', 4, () => jumpClock(sim));
  times('garbage', 6, () => leaveFile(sim));
  times('garbage', 2, () => damageFile(sim));
}

/** Every process of every host dies, and with it what was not synced. */
function failPower(sim: Simulation): void {
  const { tree, hosts, roles, trace, witness } = sim;
  const dice = sim.faults.diceOf('power');
  for (const { life } of roles) if (life !== null) sim.kill(life);
  for (const host of hosts) host.reboot();
  const lost = tree.undo!.lose(dice, dice.next());
  for (const [, node] of tree.walk()) loseBytes(node, dice);
  trace.incident(`the power fails: ${lost} changes are lost`);
  for (const key of witness.lanes.rebuild()) {
    if (!mayVanish(sim, key)) witness.onBreach(`I1 ${key} is lost with the power`);
  }
}

/** A batch that is a submission again, or a child whose template still stands for it. */
function mayVanish({ plays, tree, witness }: Simulation, key: string): boolean {
  const play = plays.find(({ batch }) => key.startsWith(`${batch}/`));
  if (play === undefined) return false;
  if (tree.find(`inbox/${play.batch}`) !== undefined) return true;
  const heading = play.expected.get(key.slice(play.batch.length + 1));
  const isChild =
    heading !== null &&
    heading !== undefined &&
    keyOf({ batch: play.batch, task: heading.name }) !== key;
  return isChild && witness.lanes.laneOf(play.batch, heading.name)?.lane === 'private';
}

/** The lock of the first was won a second time. The first is told late, or never. */
function startRival(sim: Simulation): void {
  const dice = sim.faults.diceOf('brains');
  const [first] = sim.roles;
  const rival = sim.addRole('rival', dice.pick(sim.hosts), playBrain, false);
  sim.trace.incident('a second brain starts');
  sim.start(rival);
  const { stop } = first!;
  if (dice.chance(0.5)) sim.timeline.after(dice.between(0, 10_000), () => stop?.request(2));
}

function jumpClock(sim: Simulation): void {
  const dice = sim.faults.diceOf('clock');
  const host = dice.pick(sim.hosts);
  const jumpMs = dice.between(-30, 30) * HOUR_MS;
  host.wallOffsetMs += jumpMs;
  for (const { life, host: own } of sim.roles) {
    if (life !== null && own === host) life.wallOffsetMs += jumpMs;
  }
  sim.trace.incident(`the clock of ${host.name} jumps by ${jumpMs / HOUR_MS} h`);
}

const STRANGE_NAMES = [
  '.nfs0000012',
  't0.json~',
  '.t0.json.swp',
  'README',
  't0.a1f0l0n0.json.kq2X7b',
  'a.b.c.d.e.f.g.json',
];

/** Files of editors, rsync and NFS clients; and a torn one whose name is that of a task. */
function leaveFile(sim: Simulation): void {
  const { tree, plays, witness, trace } = sim;
  const dice = sim.faults.diceOf('garbage');
  const { batch } = dice.pick(plays);
  const isTask = dice.chance(0.4);
  const counts = { ...NO_COUNTS, attempt: 1 };
  const name = {
    rank: '9400000000zz',
    taskClass: 'cpu',
    vram: 0,
    batch: `${batch.slice(0, -5)}zzzzz`,
    task: 'ghost',
    counts,
  } as const;
  const lane = isTask
    ? QUEUE
    : dice.pick([
        QUEUE,
        PROCESSING,
        'inbox',
        'signals',
        `brain/private_tasks/${batch}`,
        `tasks/complete/${batch}`,
        `tasks/failed/${batch}`,
      ]);
  const path = `${lane}/${isTask ? formatQueue(name) : dice.pick(STRANGE_NAMES)}`;
  if (tree.find(lane) === undefined || tree.find(path) !== undefined) return;
  // It is known as planted before it appears.
  const { onChange } = tree;
  tree.onChange = ({ node }) => void witness.lanes.planted.add(node);
  tree.write(tree.create(path), dice.pick(['', '{"v":1,"id":"t0"', '\u0000\u0000', '[]']));
  tree.onChange = onChange;
  trace.incident(`somebody leaves ${path}`);
}

/** A file of a task loses its end. */
function damageFile(sim: Simulation): void {
  const { tree, witness, trace } = sim;
  const dice = sim.faults.diceOf('garbage');
  const places = [...witness.lanes.all()].filter(
    ({ lane, task }) => (lane === 'queue' || lane === 'private') && task !== 'batch_summary',
  );
  if (places.length === 0) return;
  const { path } = dice.pick(places);
  const node = tree.file(path);
  if (node === null) return;
  witness.damaged.add(node);
  tree.write(node, node.text.slice(0, dice.between(0, 60)));
  trace.incident(`${path} is damaged`);
}
