// Files that an operator names, outside of shared/: plans to import, inputs with `@file`. Symbolic links
// are followed here, because the person who typed the path may use them as they like.
import fs from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Fault } from '../protocol/fault.ts';

export interface PlanOrigin {
  /** Absolute, with symbolic links resolved. */
  readonly folder: string;
  /** The name of the .md file in it. */
  readonly file: string;
}

/** A folder with a plan.md, or a .md file; null when the path is neither. */
export function findPlanFile(path: string): PlanOrigin | null {
  const stat = fs.statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return null;
  const real = fs.realpathSync(path);
  if (stat.isFile()) {
    return path.endsWith('.md') ? { folder: dirname(real), file: basename(real) } : null;
  }
  const plan = join(real, 'plan.md');
  const isPlan = fs.statSync(plan, { throwIfNoEntry: false })?.isFile() === true;
  return isPlan ? { folder: real, file: 'plan.md' } : null;
}

/** @throws Fault FILE_NOT_REGULAR, FILE_TOO_LARGE; Node's error when it cannot be read */
export function readOutside(path: string, bytesMax: number): string {
  const stat = fs.statSync(path);
  if (!stat.isFile()) throw new Fault('FILE_NOT_REGULAR', { path });
  if (stat.size > bytesMax) {
    throw new Fault('FILE_TOO_LARGE', { path, size: stat.size, limit: bytesMax });
  }
  return fs.readFileSync(path, 'utf8');
}
