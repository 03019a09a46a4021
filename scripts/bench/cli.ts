// The built CLI on a stage, as a process of its own.
import { join } from 'node:path';
import { projectRoot } from '../context.ts';
import { output } from './children.ts';
import type { Stage } from './stage.ts';

/** What it prints. @throws when it fails */
export const tutti = (
  { configPath }: Pick<Stage, 'configPath'>,
  ...args: readonly string[]
): Promise<string> => {
  const entry = join(projectRoot, 'dist/scripts/tutti.js');
  return output(process.execPath, [entry, ...args, '--settings', configPath]);
};
