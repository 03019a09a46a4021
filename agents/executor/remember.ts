// What follows from a permission file and the paths of a batch alone is computed once, and not for each of
// its tasks.
import { PATH_VARIABLES } from '../protocol/permission.ts';
import type { PathValues, Permissions } from '../protocol/permission.ts';

const BATCHES_MAX = 64;

export function rememberPerBatch<T>(
  compute: (permissions: Permissions, values: PathValues) => T,
): (permissions: Permissions, values: PathValues) => T {
  const known = new WeakMap<Permissions, Map<string, T>>();
  return (permissions, values) => {
    const byPaths = known.get(permissions) ?? new Map<string, T>();
    known.set(permissions, byPaths);
    const key = PATH_VARIABLES.map((name) => values[name] ?? '\0').join('\n');
    const kept = byPaths.get(key);
    if (kept !== undefined) return kept;
    const answer = compute(permissions, values);
    byPaths.set(key, answer);
    if (byPaths.size > BATCHES_MAX) byPaths.delete(byPaths.keys().next().value!);
    return answer;
  };
}
