// The built CLI on the shared/ of a rig, as a process of its own.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT } from './rig.ts';
import type { Rig } from './rig.ts';

export interface Answer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const ENTRY = join(PROJECT, 'dist/scripts/tutti.js');

export function tutti(rig: Rig, ...args: readonly string[]): Promise<Answer> {
  const settings = ['--settings', join(rig.home, 'config.json'), '--shared', rig.shared];
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, ...args, ...settings], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}
