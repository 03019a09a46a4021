// Which paths an attempt may read and change: the permission file with its variables filled in, plus
// what always holds. The state of tutti is read-only for every command, even where `shared/` lies inside
// a writable folder such as {TMP}; so are the run files and logs inside a batch that it may write to.
import { fillPath } from '../protocol/permission.ts';
import type { PathValues, Permissions } from '../protocol/permission.ts';
import { rememberPerBatch } from './remember.ts';

export interface Grant {
  readonly path: string;
  readonly mode: 'read' | 'write';
}

/** Names in a batch folder that belong to tutti and not to the plan's scripts. */
const KEPT = ['attempts', 'logs', 'batch.json', 'plan.md'];

const isBelow = (path: string, folder: string): boolean =>
  folder === '/' || path === folder || path.startsWith(`${folder}/`);

/** One grant per path, outer folders first: a later one overrides those before it. */
export const grantsOf = rememberPerBatch(computeGrants);

function computeGrants(permissions: Permissions, values: PathValues): readonly Grant[] {
  const modes = new Map<string, Grant['mode']>();
  const put = (templates: readonly string[], mode: Grant['mode']): void => {
    for (const template of templates) {
      const path = fillPath(template, values);
      if (path !== null) modes.set(path.length > 1 ? path.replace(/\/+$/, '') : path, mode);
    }
  };
  put(permissions.read, 'read');
  const writable = new Set(permissions.write.map((template) => fillPath(template, values)));
  const { SHARED: shared, BATCH_PATH: batch } = values;
  if (
    shared !== undefined &&
    [...writable].some((path) => path !== null && isBelow(shared, path))
  ) {
    put([shared], 'read');
  }
  put(permissions.write, 'write');
  if (batch !== undefined && modes.get(batch) === 'write') {
    put(
      KEPT.map((name) => `${batch}/${name}`),
      'read',
    );
  }
  return outerFirst([...modes].map(([path, mode]) => ({ path, mode })));
}

/** A folder's path is shorter than that of everything in it. */
export const outerFirst = (grants: readonly Grant[]): Grant[] =>
  grants.toSorted((a, b) => a.path.length - b.path.length);

/** What the sandbox would say to a write: the innermost grant decides. Devices are always there. */
export function isWritable(path: string, grants: readonly Grant[]): boolean {
  if (isBelow(path, '/dev')) return true;
  return grants.findLast((grant) => isBelow(path, grant.path))?.mode === 'write';
}

/** What a command may do, and what a program of tutti's own needs beyond that: it takes nothing away from it. */
export function withOwn(grants: readonly Grant[], own: readonly Grant[]): readonly Grant[] {
  const isShown = (path: string): boolean => grants.some((grant) => isBelow(path, grant.path));
  const more = own.filter(({ path, mode }) => mode === 'write' || !isShown(path));
  return outerFirst([...grants, ...more]);
}
