// Two processes run for the same names: each name must go to one of them, and both must agree to whom.
import { errnoOf } from '../../agents/protocol/errno.ts';
import { listFresh, move, publishOnce } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';
import { ok, refused } from './check.ts';
import type { Check } from './check.ts';
import { ask } from './meeting.ts';
import type { Meeting, RaceKind, Role } from './meeting.ts';

const COUNT = 150;

const lane = (kind: RaceKind): string => `race-${kind}`;

type Run = (store: Store, folder: string, name: string, role: Role) => Promise<boolean>;

/** Answers whether the name is this process's: as the protocol does it. */
const RUNS: Readonly<Record<RaceKind, Run>> = {
  async create({ disk }, folder, name, role) {
    try {
      await disk.create(`${folder}/${name}`, role, false);
      return true;
    } catch (error) {
      if (errnoOf(error) === 'EEXIST') return false;
      throw error;
    }
  },
  link: (store, folder, name, role) => publishOnce(store, `${folder}/${name}`, role),
  move: async (store, folder, name, role) =>
    (await move(store, `${folder}-from/${name}`, `${folder}/${name}.${role}`)) === 'moved',
};

const nameOf = (number: number): string => `${number}`.padStart(4, '0');

/** One goes up and the other down, so that they meet. Each has looked at all names before. */
export async function runRace(
  { store, folder, role }: Meeting,
  kind: RaceKind,
  count: number,
  begin: () => Promise<unknown>,
): Promise<readonly string[]> {
  const at = `${folder}/${lane(kind)}`;
  const names = Array.from({ length: count }, (_, number) => nameOf(number));
  for (const name of names) await store.disk.stat(`${at}/${name}`);
  await begin();
  const won: string[] = [];
  for (const name of role === 'first' ? names : names.toReversed()) {
    if (await RUNS[kind](store, at, name, role)) won.push(name);
  }
  return won;
}

const TITLES: Readonly<Record<RaceKind, string>> = {
  create: 'race to create',
  link: 'race to link',
  move: 'race to rename',
};

export async function examineRace(meeting: Meeting, kind: RaceKind): Promise<Check> {
  const { store, folder } = meeting;
  const check = TITLES[kind];
  const advice = 'Two agents may run one task here. Use a local file system or NFS 4.2.';
  await store.disk.mkdir(`${folder}/${lane(kind)}`);
  if (kind === 'move') {
    await store.disk.mkdir(`${folder}/${lane(kind)}-from`);
    for (let number = 0; number < COUNT; number++) {
      await store.disk.create(`${folder}/${lane(kind)}-from/${nameOf(number)}`, '', false);
    }
  }
  const { started, answer } = ask(meeting, { do: 'race', kind, count: COUNT });
  const mine = await runRace(meeting, kind, COUNT, started);
  const theirs = (await answer) as readonly string[];
  const twice = mine.filter((name) => theirs.includes(name));
  const [example] = twice;
  if (example !== undefined) {
    return refused(check, `${twice.length} of ${COUNT} names went to both`, advice);
  }
  const there = (await listFresh(store, `${folder}/${lane(kind)}`)).length;
  const won = mine.length + theirs.length;
  if (won !== COUNT || there !== COUNT) {
    return refused(check, `${won} of ${COUNT} were won, and ${there} are there`, advice);
  }
  return ok(
    check,
    `${COUNT} names, each went to one process (${mine.length} and ${theirs.length})`,
  );
}
