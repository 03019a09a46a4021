// What does not happen at an operation but at a moment: the power fails, a second brain starts, clocks
// jump, files appear that nobody should have left. Operators are in operator.ts.
import { groupRecordPath } from '../../agents/protocol/layout.ts';
import { THOUGHTS } from '../../agents/protocol/thought.ts';
import { playBrain } from './cast.ts';
import type { Dice } from './dice.ts';
import type { FaultKind } from './faults.ts';
import { bringBack, damageFile, damageRecord, leaveForged, leaveStrange } from './garbage.ts';
import type { Host } from './host.ts';
import { keyOf } from './lane-index.ts';
import type { LaneIndex } from './lane-index.ts';
import type { MemoryTree } from './memory-tree.ts';
import type { Simulation } from './simulation.ts';
import { loseBytes } from './undo.ts';

/** Answers what it did, or null when there was nothing to do it to. */
type Disaster = (sim: Simulation, dice: Dice) => string | null;

const HOUR_MS = 3_600_000;

const DISASTERS: readonly (readonly [FaultKind, number, Disaster])[] = [
  ['power', 2, failPower],
  ['brains', 3, startRival],
  ['clock', 4, jumpClock],
  ['garbage', 4, leaveStrange],
  ['garbage', 3, leaveForged],
  ['garbage', 2, damageFile],
  ['garbage', 2, damageRecord],
  ['copies', 6, bringBack],
];

export function scheduleDisasters(sim: Simulation): void {
  const { faults, timeline, trace } = sim;
  for (const [kind, most, act] of DISASTERS) {
    if (!faults.has(kind)) continue;
    const count = faults.diceFor(act.name).between(0, most);
    for (let n = 0; n < count; n++) {
      const key = `${act.name} ${n}`;
      const dice = faults.diceFor(key);
      timeline.after(dice.next() * faults.untilMs, () => {
        if (timeline.nowMs > faults.untilMs || !faults.allows(key)) return;
        const text = act(sim, dice);
        if (text !== null) trace.incident(kind, key, text);
      });
    }
  }
}

/** Of one host, whose processes die; or of everything, and with it goes what was not synced. */
function failPower(sim: Simulation, dice: Dice): string {
  const { tree, hosts, witness } = sim;
  const host = dice.chance(0.3) ? dice.pick(hosts) : null;
  for (const each of host === null ? hosts : [host]) stopHost(sim, each);
  if (host !== null) return `the power of ${host.name} fails`;
  const lost = tree.undo!.lose(dice, dice.next());
  for (const [, node] of tree.walk()) loseBytes(node, dice);
  witness.ledger.forget();
  for (const key of witness.lanes.rebuild()) {
    if (!mayVanish(sim, key)) witness.onBreach(`I1 ${key} is lost with the power`);
  }
  return `the power fails: ${lost} changes are lost`;
}

function stopHost(sim: Simulation, host: Host): void {
  for (const { life, host: own } of sim.roles) {
    if (life !== null && own === host) sim.kill(life);
  }
  // People work on the first host.
  if (host === sim.hosts[0]) {
    for (const [life, cut] of sim.calls) {
      life.isAlive = false;
      cut();
    }
  }
  host.reboot();
}

/** A batch that is a submission again, or a child whose template still stands for it. */
function mayVanish({ plays, tree, witness }: Simulation, key: string): boolean {
  const play = plays.find(({ batch }) => key.startsWith(`${batch}/`));
  if (play === undefined) return isWished(tree, key) || isWhollyGone(witness.lanes, key);
  if (tree.find(`inbox/${play.batch}`) !== undefined) return true;
  const heading = play.expected.get(key.slice(play.batch.length + 1));
  const isChild =
    heading !== null &&
    heading !== undefined &&
    keyOf({ batch: play.batch, task: heading.name }) !== key;
  return isChild && witness.lanes.laneOf(play.batch, heading.name)?.lane === 'private';
}

/** A wish of the brain's own, which is a child that the record of its group still names. */
function isWished(tree: MemoryTree, key: string): boolean {
  const [batch = '', task = ''] = key.split('/');
  const groups = ['load_llm', 'unload_llm', ...THOUGHTS];
  const group = groups.find((name) => task.startsWith(`${name}_`)) ?? task;
  const record = tree.file(groupRecordPath(batch, group))?.text ?? '';
  return record.includes(`"${task}"`);
}

/** A batch of the brain's own that was being opened when the power failed: nothing was begun for it. */
const isWhollyGone = ({ tasks }: LaneIndex, key: string): boolean =>
  ![...tasks.keys()].some((other) => other.split('/')[0] === key.split('/')[0]);

/** The lock of the first was won a second time. The first is told late, or never. */
function startRival(sim: Simulation, dice: Dice): string {
  const [first] = sim.roles;
  const rivals = sim.roles.filter(({ isPermanent }) => !isPermanent).length;
  const rival = sim.addRole(`rival-${rivals + 1}`, dice.pick(sim.hosts), playBrain, false);
  sim.start(rival);
  const { stop } = first!;
  if (dice.chance(0.5)) sim.timeline.after(dice.between(0, 10_000), () => stop?.request(2));
  return `a second brain starts on ${rival.host.name}`;
}

function jumpClock(sim: Simulation, dice: Dice): string {
  const host = dice.pick(sim.hosts);
  const jumpMs = dice.between(-30, 30) * HOUR_MS;
  host.wallOffsetMs += jumpMs;
  for (const { life, host: own } of sim.roles) {
    if (life !== null && own === host) life.wallOffsetMs += jumpMs;
  }
  return `the clock of ${host.name} jumps by ${jumpMs / HOUR_MS} h`;
}
