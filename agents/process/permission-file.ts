// Reads a permission file; a missing or wrong one is refused before anything runs under it.
import { readFileSync } from 'node:fs';
import { Fault } from '../protocol/fault.ts';
import { parsePermissions } from '../protocol/permission.ts';
import type { Permissions } from '../protocol/permission.ts';

/** @throws Fault PERMISSION_INVALID, naming the file */
export function loadPermissions(path: string): Permissions {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Fault('PERMISSION_INVALID', { path, problem: (error as Error).message });
  }
  return parsePermissions(text, path);
}
