// How a process hears that it should end: through real signals to a real process.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../agents/process/shutdown.ts';
import { eventually } from '../helpers/eventually.ts';
import { PROJECT } from '../helpers/rig.ts';

const PROGRAM = `
import { openShutdown } from '${PROJECT}/dist/agents/process/shutdown.js';
const shutdown = openShutdown();
shutdown.onRequest(() => console.log('level ' + shutdown.level));
process.stdin.on('data', (text) => shutdown.request(Number(text)));
setInterval(() => undefined, 60_000);
console.log('level ' + shutdown.level);
`;

const children = new Set<ReturnType<typeof spawn>>();

afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children.clear();
});

function open() {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  children.add(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  const heard = (count: number): Promise<readonly string[]> =>
    eventually(`${count} lines`, () => lines.length >= count && [...lines]);
  return { child, heard };
}

describe('signals', () => {
  it.each([
    ['SIGTERM', 'SIGTERM'],
    ['SIGINT', 'SIGTERM'],
    ['SIGINT', 'SIGINT'],
  ] as const)('%s asks for a clean stop, and then %s for a quick one', async (first, second) => {
    const { child, heard } = open();
    await heard(1);
    child.kill(first);
    await heard(2);
    child.kill(second);
    expect(await heard(3)).toEqual(['level 0', 'level 1', 'level 2']);
    expect(child.exitCode).toBeNull();
  });

  it('a quick stop that the process asks for itself is not taken back by a signal', async () => {
    const { child, heard } = open();
    await heard(1);
    child.stdin.write('2');
    await heard(2);
    child.stdin.write('1');
    await heard(3);
    child.kill('SIGTERM');
    expect(await heard(4)).toEqual(['level 0', 'level 2', 'level 2', 'level 2']);
  });
});

it('each exit code means one thing', () => {
  expect(new Set(Object.values(EXIT)).size).toBe(Object.keys(EXIT).length);
});
