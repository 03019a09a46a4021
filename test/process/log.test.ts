// The log must never end the process that writes it.
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { expect, it } from 'vitest';
import { PROJECT } from '../helpers/rig.ts';

const PROGRAM = `
import { openLog } from '${PROJECT}/dist/agents/process/log.js';
const log = openLog('test', 'info');
for (let line = 0; line < 1000; line += 1) log.error('x'.repeat(1000));
console.log('alive');
`;

it('goes on when its log is on a full disk', () => {
  const full = openSync('/dev/full', 'w');
  try {
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      stdio: ['ignore', 'pipe', full],
      encoding: 'utf8',
    });
    expect([child.status, child.stdout]).toEqual([0, 'alive\n']);
  } finally {
    closeSync(full);
  }
});
