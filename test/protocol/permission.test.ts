import { describe, expect, it } from 'vitest';
import { Fault } from '../../agents/protocol/fault.ts';
import { fillPath, fillPattern, parsePermissions } from '../../agents/protocol/permission.ts';

const good = {
  v: 1,
  read: ['/'],
  write: ['{BATCH_PATH}', '{TMP}/x'],
  commands: { allow: ['ls( .*)?'], deny: [{ pattern: '^mv .*{SHARED}/', reason: 'why' }] },
  network: true,
  limits: { files: 10 },
};

function problemOf(value: unknown): string {
  try {
    parsePermissions(typeof value === 'string' ? value : JSON.stringify(value), 'worker.json');
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return error.message.replace('the permission file worker.json is refused: ', '');
  }
  return 'none';
}

describe('parsePermissions', () => {
  it('answers what it read', () => {
    expect(parsePermissions(JSON.stringify(good), 'worker.json')).toEqual(good);
  });

  it.each<[string, unknown, string]>([
    ['an unknown key', { ...good, net: 1 }, 'the file: Unrecognized key: "net"'],
    ['another version', { ...good, v: 2 }, 'v: Invalid input: expected 1'],
    [
      'a relative path',
      { ...good, write: ['x'] },
      'write.0: expected an absolute path, or one that begins with a path variable',
    ],
    [
      'an unknown variable',
      { ...good, read: ['{ROOT}/x'] },
      'read.0: expected an absolute path, or one that begins with a path variable',
    ],
    [
      'a path that climbs',
      { ...good, write: ['/tmp/../etc'] },
      'write.0: expected an absolute path, or one that begins with a path variable',
    ],
    [
      'a bad expression',
      { ...good, commands: { allow: ['('], deny: [] } },
      'commands.allow.0: expected a regular expression',
    ],
    [
      'a limit of nothing',
      { ...good, limits: { files: 0 } },
      'limits.files: Too small: expected number to be >=1',
    ],
  ])('refuses %s', (_, value, problem) => {
    expect(problemOf(value)).toBe(problem);
  });

  it('refuses what is no JSON, with the place', () => {
    expect(problemOf('{')).toMatch(/JSON at position 1/);
  });
});

it('path variables are filled in literally', () => {
  const values = { SHARED: '/a+b (c)', TMP: '/tmp' };
  expect(fillPath('{SHARED}/{TMP}/{HOME}', values)).toBeNull();
  expect(fillPath('{SHARED}/x{2}', values)).toBe('/a+b (c)/x{2}');
  expect(fillPattern('^mv {SHARED}/x{2}$', values)?.test('mv /a+b (c)/xx')).toBe(true);
});
