import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { grantsOf, isWritable } from '../../agents/executor/grants.ts';
import { checkCommand } from '../../agents/executor/lint.ts';
import { simpleCommands } from '../../agents/executor/shell-words.ts';
import { parsePermissions } from '../../agents/protocol/permission.ts';
import type { Permissions } from '../../agents/protocol/permission.ts';
import { permissive } from './rig.ts';

const values = {
  BATCH_PATH: '/data/shared/plans/p/batches/b',
  PLAN_PATH: '/data/shared/plans/p',
  SHARED: '/data/shared',
  TMP: '/tmp',
  HOME: '/home/me',
};
const shipped = (name: string): Permissions => {
  const file = `agents/permissions/${name}.json`;
  return parsePermissions(readFileSync(file, 'utf8'), file);
};
const worker = shipped('worker');
const check = (script: string, permissions = worker) => {
  const verdict = checkCommand(script, permissions, values, grantsOf(permissions, values));
  return verdict.is === 'allowed' ? 'allowed' : `${verdict.rule}: ${verdict.command}`;
};

describe('simpleCommands', () => {
  it.each<[string, string[]]>([
    ['ls -l', ['ls -l']],
    ['a; b && c || d | e & f', ['a', 'b', 'c', 'd', 'e', 'f']],
    ['a\nb', ['a', 'b']],
    ['a \\\n b', ['a b']],
    [`echo 'a; b' "c; d" e\\;f`, ['echo a; b c; d e;f']],
    ['(cd x; ls)', ['cd x', 'ls']],
    ['echo "$(rm x)" `mv y`', ['rm x', 'mv y', 'echo $(rm x) `mv y`']],
    ['echo $((1 + 2)) ${x:-a;b}', ['echo $((1 + 2)) ${x:-a;b}']],
    ['cat <<EOF\nreboot\nEOF\nls', ['cat', 'ls']],
    ["cat <<-'E O' <<F\nx\n\tE O\ny\nF\nls", ['cat', 'ls']],
    ['ls # reboot', ['ls']],
    ['a > out 2>&1 < in; b 2> err', ['a > out', 'b > err']],
    ['case x in a|b) ls;; *) pwd;; esac', ['case x in a', 'ls', 'pwd', 'esac']],
    ['f() { ls; }', ['f', '{ ls', '}']],
    [`echo 'unbalanced`, ['echo unbalanced']],
    ['echo "$(unbalanced', ['unbalanced', 'echo $(unbalanced']],
    [') ) }', ['}']],
    ['', []],
  ])('%j', (script, expected) => {
    const found = simpleCommands(script).map(({ words, writes }) =>
      [...words, ...writes.map((path) => `> ${path}`)].join(' '),
    );
    expect(found).toEqual(expected);
  });
});

it('simpleCommands ends on every text, in time', () => {
  const parts = [
    "'",
    '"',
    '$(',
    '`',
    '(',
    ')',
    '{',
    '}',
    '\\',
    '\n',
    ';',
    '<<',
    '>',
    '#',
    'a',
    ' ',
  ];
  for (const a of parts) {
    for (const b of parts) {
      for (const c of parts) {
        for (const d of parts) simpleCommands(a + b + c + d);
      }
    }
  }
  expect(simpleCommands(`echo ${"'x' ".repeat(100_000)}`)[0]?.words).toHaveLength(100_001);
});

describe('the permissions that are shipped for workers', () => {
  it.each([
    'python train.py --out {BATCH_PATH}/results',
    'rm -rf results/tmp',
    `rm -rf ${values.BATCH_PATH}/results`,
    'rm -rf /tmp/x',
    'echo "rm -rf /"',
    `echo 'a; mkfs.ext4 /dev/sda'`,
    `grep reboot log.txt`,
    'cat <<EOF\nreboot\nEOF',
    'dd if=/dev/zero of=/dev/null bs=1M count=1',
    'dd if=/dev/zero of=results/x',
    'echo x > results/x 2> /dev/null',
    `echo x > ${values.BATCH_PATH}/results/x; echo x >> /tmp/y`,
    'echo x > "$OUT"',
    `ls ${values.SHARED}/tasks/queue`,
    'nvidia-smi -q',
    'for f in *; do wc -l "$f"; done',
    'if true; then ls; else pwd; fi',
  ])('allow %j', (script) => {
    expect(check(script)).toBe('allowed');
  });

  it.each([
    ['ls; mkfs.ext4 /dev/sda', 'commands.deny[1]: mkfs.ext4 /dev/sda'],
    ['rm -rf /', 'commands.deny[0]: rm -rf /'],
    ['rm / -rf', 'commands.deny[0]: rm / -rf'],
    ['rm -rf /*', 'commands.deny[0]: rm -rf /*'],
    ['rm -rf -- "/"', 'commands.deny[0]: rm -rf -- /'],
    ['rm -rf "$HOME"', 'commands.deny[0]: rm -rf $HOME'],
    ['rm -rf /home/me', 'commands.deny[0]: rm -rf /home/me'],
    ['true && /sbin/reboot', 'commands.deny[4]: reboot'],
    ['sudo -u root shutdown -h now', 'commands.deny[4]: sudo -u root shutdown -h now'],
    ['X=1 nohup env A=b poweroff &', 'commands.deny[4]: nohup env A=b poweroff'],
    ['systemctl --force reboot', 'commands.deny[4]: systemctl --force reboot'],
    ['if true; then halt; fi', 'commands.deny[4]: halt'],
    ['while :; do (cd /; reboot); done', 'commands.deny[4]: reboot'],
    ['echo `reboot`', 'commands.deny[4]: reboot'],
    ['echo "$(reboot)"', 'commands.deny[4]: reboot'],
    [`sh -c 'ls; reboot'`, 'commands.deny[4]: reboot'],
    [`bash -lc "reboot"`, 'commands.deny[4]: reboot'],
    [`sudo sh -c "true; reboot"`, 'commands.deny[4]: reboot'],
    [`eval 're''boot'`, 'commands.deny[4]: reboot'],
    [`r'e'b"oo"t`, 'commands.deny[4]: reboot'],
    ['dd if=x of=/dev/sda', 'commands.deny[2]: dd if=x of=/dev/sda'],
    ['cat x > /dev/nvme0n1', 'commands.deny[3]: cat x'],
    ['nvidia-smi --gpu-reset -i 0', 'commands.deny[5]: nvidia-smi --gpu-reset -i 0'],
    [
      `mv x ${values.SHARED}/tasks/queue/y`,
      `commands.deny[6]: mv x ${values.SHARED}/tasks/queue/y`,
    ],
    [`rm -r ${values.SHARED}/brain`, `commands.deny[6]: rm -r ${values.SHARED}/brain`],
    [`echo x > ${values.SHARED}/signals/gpu-1.stop.json`, 'commands.deny[7]: echo x'],
    ['echo x > /etc/motd', 'write: echo x'],
    [`echo x > ${values.PLAN_PATH}/plan.md`, 'write: echo x'],
    [`echo x > ${values.BATCH_PATH}/attempts/task.a1.run`, 'write: echo x'],
  ])('refuse %j', (script, expected) => {
    expect(check(script)).toBe(expected);
  });

  it('say why', () => {
    const grants = grantsOf(worker, values);
    expect(checkCommand('ls; mkfs.ext4 /dev/sda', worker, values, grants)).toEqual({
      is: 'denied',
      command: 'mkfs.ext4 /dev/sda',
      rule: 'commands.deny[1]',
      reason: 'it formats or partitions a disk',
    });
    expect(checkCommand('echo x > /etc/motd', worker, values, grants)).toMatchObject({
      reason: '/etc/motd is not writable for it',
    });
  });
});

it('an allow list holds for every simple command, as a whole', () => {
  const commands = { allow: ['ls( .*)?', 'python \\S+\\.py'], deny: [] };
  const permissions = { ...permissive, commands };
  expect(check('ls', permissions)).toBe('allowed');
  expect(check('if ls -l; then /usr/bin/python a.py; fi', permissions)).toBe('allowed');
  expect(check('ls; anything', permissions)).toBe('commands.allow: anything');
  expect(check('python a.py b', permissions)).toBe('commands.allow: python a.py b');
  expect(check('lsof', permissions)).toBe('commands.allow: lsof');
});

describe('grants', () => {
  it('the state of tutti is read-only inside a writable folder', () => {
    const shared = '/tmp/x/shared';
    const inside = { ...values, SHARED: shared, BATCH_PATH: `${shared}/plans/p/batches/b` };
    const grants = grantsOf(worker, inside);
    expect(grants.map(({ path, mode }) => `${mode} ${path}`)).toEqual([
      'read /',
      'write /tmp',
      'read /tmp/x/shared',
      'write /tmp/x/shared/plans/p/batches/b',
      'read /tmp/x/shared/plans/p/batches/b/logs',
      'read /tmp/x/shared/plans/p/batches/b/plan.md',
      'read /tmp/x/shared/plans/p/batches/b/attempts',
      'read /tmp/x/shared/plans/p/batches/b/batch.json',
    ]);
    expect(isWritable('/tmp/y', grants)).toBe(true);
    expect(isWritable(`${shared}/tasks/queue/x`, grants)).toBe(false);
    expect(isWritable(`${inside.BATCH_PATH}/results/x`, grants)).toBe(true);
    expect(isWritable(`${inside.BATCH_PATH}/logs/x`, grants)).toBe(false);
    expect(isWritable(`${inside.BATCH_PATH}2/x`, grants)).toBe(false);
    expect(isWritable('/dev/null', grants)).toBe(true);
  });

  it('the brain writes to its batch alone', () => {
    const grants = grantsOf(shipped('brain'), values);
    expect(isWritable('/tmp/y', grants)).toBe(false);
    expect(isWritable(`${values.BATCH_PATH}/output/x`, grants)).toBe(true);
  });

  it('an entry whose variable has no value here is dropped', () => {
    const permissions = { ...permissive, write: ['{HOME}/cache', '/var/cache/'] };
    expect(grantsOf(permissions, { SHARED: '/s' })).toEqual([
      { path: '/', mode: 'read' },
      { path: '/var/cache', mode: 'write' },
    ]);
  });
});
