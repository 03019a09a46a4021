// Names without a place, links, leftovers of writers that are gone, and quarantine itself.
import { QUARANTINE } from '../../protocol/layout.ts';
import { nothing, QUARANTINED } from './breach.ts';
import type { Breach } from './breach.ts';
import type { Scene } from './scene.ts';
import { leadsOf } from './tree.ts';
import type { Entry } from './tree.ts';

export async function checkPlaces(scene: Scene): Promise<Breach[]> {
  const odd: Breach[] = [];
  for (const entry of scene.tree.odd) odd.push(...(await checkOdd(scene, entry)));
  return [
    ...scene.tree.unknown.map(({ path, stat }) => unknown(path, stat.kind)),
    ...odd,
    ...temporaries(scene),
    ...reasons(scene),
  ];
}

const unknown = (path: string, kind: Entry['stat']['kind']): Breach => ({
  kind: 'unknown_file',
  path,
  problem: `docs/PROTOCOL.md knows no such ${kind === 'directory' ? 'folder' : 'file'}`,
  repair: QUARANTINED,
});

/** Folders of people and of a plan's scripts: links inside of shared/ are their own affair. */
const isOfPlan = (path: string): boolean =>
  path.startsWith('plans/') && !/\/batches\/[^/]+\/(attempts|logs|commands|tasks)\//.test(path);

async function checkOdd({ store }: Scene, { path }: Entry): Promise<Breach[]> {
  // What was set aside is looked at by a person.
  if (path.startsWith(`${QUARANTINE}/`)) return [];
  const leads = await leadsOf(store.disk, path);
  if (isOfPlan(path)) {
    if (leads !== 'outside') return [];
    const problem = 'it is a symbolic link that leaves shared/, so other hosts see something else';
    const repair = nothing('put what it leads to in its place');
    return [{ kind: 'escaped_path', path, problem, repair }];
  }
  if (leads === 'outside') {
    const problem = 'it is a symbolic link that leaves shared/';
    return [{ kind: 'escaped_path', path, problem, repair: QUARANTINED }];
  }
  const problem = 'it is no regular file (a link, a pipe or a device)';
  return [{ kind: 'not_regular', path, problem, repair: QUARANTINED }];
}

interface Temporary {
  readonly path: RegExp;
  /** Whether its writer is known to be gone, from the groups of `path`. */
  readonly isGone: (scene: Scene, groups: readonly string[]) => boolean;
}

const TEMPORARIES: readonly Temporary[] = [
  { path: /(?:^|\/)\.fresh-[^/]*$/, isGone: () => true },
  {
    path: /^inbox\/\.staging\/([^/]+)/,
    isGone: ({ owners }, [tag = '']) => {
      // The number is of this host or of another one: while it is taken here, nothing is said.
      const pid = /^[a-z]+-(\d+)-/.exec(tag)?.[1];
      return pid === undefined || !owners.isPidTaken(Number(pid));
    },
  },
  {
    path: /^[gc]pus\/([^/]+)\/tmp\/[^/]+/,
    isGone: ({ owners }, [agent = '']) => owners.isAgentGone(agent),
  },
  {
    path: /^brain\/staging\/(?:gone-)?e(\d+)\/[^/]+/,
    isGone: ({ owners }, [epoch]) => owners.isEpochOver(Number(epoch)),
  },
  { path: /^brain\/staging\/(?!(?:gone-)?e\d+$)[^/]+$/, isGone: () => true },
];

/** A whole staged folder is one leftover, as young as the youngest file in it. */
function temporaries(scene: Scene): Breach[] {
  const { tree, nowMs, staleMs } = scene;
  const youngest = new Map<string, number>();
  for (const { path, stat } of tree.files.values()) {
    for (const { path: pattern, isGone } of TEMPORARIES) {
      const match = pattern.exec(path);
      if (match === null) continue;
      const root = path.slice(0, match.index + match[0].length);
      if (!isGone(scene, match.slice(1))) break;
      youngest.set(root, Math.max(youngest.get(root) ?? 0, stat.modifiedMs));
      break;
    }
  }
  return [...youngest]
    .filter(([, modifiedMs]) => nowMs - modifiedMs >= staleMs)
    .map(([path]) => {
      const problem = 'it was never published, and its writer is gone';
      return { kind: 'stale_temporary', path, problem, repair: QUARANTINED };
    });
}

const REASON = '.reason.json';

function reasons({ tree }: Scene): Breach[] {
  const inside = [...tree.files.keys(), ...tree.folders].filter(
    (path) => path.startsWith(`${QUARANTINE}/`) && !path.slice(QUARANTINE.length + 1).includes('/'),
  );
  return inside
    .filter((path) => !path.endsWith(REASON) && !tree.files.has(`${path}${REASON}`))
    .map((path) => {
      const problem = 'no reason lies beside it';
      return { kind: 'no_reason', path, problem, repair: { is: 'write_reason' } };
    });
}
