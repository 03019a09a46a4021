import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { COMMANDS } from '../../scripts/commands.ts';
import { planText } from '../helpers/plan-text.ts';
import { ROOT } from '../tidy/tree.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { heartbeat, stage } from './stage.ts';

let house: House;
beforeEach(() => {
  house = openHouse();
  stage(house, planText({ scan: { command: 'x' }, report: { command: 'x' } }));
  house.write('plans/examples/diamond/plan.md', '');
  heartbeat(house);
});
afterEach(() => house.close());

const words = (...line: readonly string[]): string[] => {
  const { env } = house;
  env['TUTTI_CONFIG'] = house.config;
  // The house adds --settings behind the words; a shell does not.
  const tutti = join(ROOT, 'dist/scripts/tutti.js');
  const ran = spawnSync(process.execPath, [tutti, '__complete', '--', ...line], {
    encoding: 'utf8',
    env: { ...process.env, ...env },
  });
  expect(ran.stderr).toBe('');
  return ran.stdout.split('\n').filter((word) => word !== '');
};

it('completes commands, options, and what an argument or an option takes', () => {
  expect(words('')).toEqual(COMMANDS.map(({ name }) => name).toSorted());
  expect(words('st')).toEqual(['status', 'stop']);
  expect(words('status', '--t')).toEqual(['--task', '--tasks']);
  expect(words('--sh')).toEqual(['--shared']);
  expect(words('submit', '')).toEqual(['demo', 'examples/diamond']);
  expect(words('submit', 'demo', '--priority', '')).toEqual(['high', 'low', 'normal', 'urgent']);
  expect(words('submit', 'demo', '--dry-run', '--resume', '')).toEqual([
    'demo-20260102-030405-aaaaa',
  ]);
  expect(words('cancel', '')).toEqual(['demo-20260102-030405-aaaaa', 'report', 'scan']);
  expect(words('explain', 's')).toEqual(['scan']);
  expect(words('stop', '')).toEqual(['cpu-1']);
  expect(words('completion', '')).toEqual(['bash', 'fish', 'zsh']);
  expect(words('nonsense', '')).toEqual(COMMANDS.map(({ name }) => name).toSorted());
});

it('completes nothing, silently, without a shared directory', () => {
  writeFileSync(house.config, '{"shared": "nowhere"}');
  expect(words('submit', '')).toEqual([]);
});

it.each(['bash', 'zsh', 'fish'])('prints a script that %s accepts', async (shell) => {
  const { code, out } = await house.tutti('completion', shell);
  expect(code).toBe(0);
  expect(out).toContain('tutti __complete --');
  const ran = spawnSync(shell, ['-n', '-c', out], { encoding: 'utf8' });
  // A shell that is not installed has nothing to say either.
  expect(ran.stderr ?? '').toBe('');
});

it('works in bash', () => {
  const bin = join(house.root, 'bin');
  mkdirSync(bin);
  const tutti = join(ROOT, 'dist/scripts/tutti.js');
  writeFileSync(join(bin, 'tutti'), `#!/bin/sh\nexec ${process.execPath} ${tutti} "$@"\n`, {
    mode: 0o755,
  });
  const script = [
    'source <(tutti completion bash)',
    'COMP_WORDS=(tutti submit de); COMP_CWORD=2',
    '_tutti',
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ].join('\n');
  const ran = spawnSync('bash', ['-c', script], {
    encoding: 'utf8',
    env: {
      ...process.env,
      ...house.env,
      TUTTI_CONFIG: house.config,
      PATH: `${bin}:${process.env['PATH']}`,
    },
  });
  expect(ran.stdout).toBe('demo\n');
});
