import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configSchema } from '../../agents/protocol/config.ts';
import { Fault, renderFault } from '../../agents/protocol/fault.ts';
import { loadSettings, parseConfig } from '../../agents/process/settings.ts';
import type { Settings, SettingsFlags } from '../../agents/process/settings.ts';

const VARIABLES = ['TUTTI_CONFIG', 'TUTTI_SHARED', 'TUTTI_HOST', 'BRAIN_LOG_LEVEL'];
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tutti-settings-'));
  for (const name of VARIABLES) vi.stubEnv(name, undefined);
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(home, { recursive: true });
});

function write(path: string, value: unknown): string {
  mkdirSync(join(home, path, '..'), { recursive: true });
  writeFileSync(join(home, path), typeof value === 'string' ? value : JSON.stringify(value));
  return join(home, path);
}

const load = (flags: SettingsFlags = {}): Settings => loadSettings(flags, home);

function refusalOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return renderFault(error).split('\n')[0]!.replaceAll(`${home}/`, '');
  }
  return 'none';
}

describe('where settings come from', () => {
  it('without a file the defaults hold, from the folder of the project', () => {
    expect(load()).toEqual({
      config: configSchema.parse({}),
      configPath: null,
      crash: null,
      home,
      sharedPath: join(home, 'shared'),
      host: hostname(),
      permissionPaths: {
        brain: join(home, 'agents/permissions/brain.json'),
        worker: join(home, 'agents/permissions/worker.json'),
      },
    });
  });

  it('paths of a file are relative to it', () => {
    const path = write('rig/config.json', {
      shared: '../mnt',
      permissions: { worker: 'strict.json' },
    });
    expect(load({ config: path })).toMatchObject({
      configPath: path,
      home: join(home, 'rig'),
      sharedPath: join(home, 'mnt'),
      permissionPaths: {
        brain: join(home, 'agents/permissions/brain.json'),
        worker: join(home, 'rig/strict.json'),
      },
    });
  });

  it('a flag is stronger than the environment, and that is stronger than the file', () => {
    write('config.json', { shared: 'of-file' });
    expect(load().sharedPath).toBe(join(home, 'of-file'));
    vi.stubEnv('TUTTI_SHARED', '/of-environment');
    expect(load().sharedPath).toBe('/of-environment');
    expect(load({ shared: '/of-flag' }).sharedPath).toBe('/of-flag');
  });

  it('the same for the file itself', () => {
    const [one, other] = [write('one.json', {}), write('other.json', {})];
    vi.stubEnv('TUTTI_CONFIG', one);
    expect(load().configPath).toBe(one);
    expect(load({ config: other }).configPath).toBe(other);
  });

  it('a file that was named must be there', () => {
    const line =
      'none.json: the configuration is not valid JSON: there is no such file [CONFIG_JSON]';
    expect(refusalOf(() => load({ config: join(home, 'none.json') }))).toBe(line);
    vi.stubEnv('TUTTI_CONFIG', join(home, 'none.json'));
    expect(refusalOf(load)).toBe(line);
  });

  it('the environment names the host and the log levels', () => {
    write('config.json', { log: { brain: 'warn', gpu: 'error' } });
    vi.stubEnv('TUTTI_HOST', 'rig-7');
    vi.stubEnv('BRAIN_LOG_LEVEL', 'trace');
    const { host, config } = load();
    expect(host).toBe('rig-7');
    expect(config.log).toMatchObject({ brain: 'trace', gpu: 'error', worker: 'info' });
    vi.stubEnv('BRAIN_LOG_LEVEL', 'loud');
    expect(refusalOf(load)).toBe(
      'environment: the configuration is refused: BRAIN_LOG_LEVEL, GPU_LOG_LEVEL, WORKER_LOG_LEVEL, ' +
        'EXECUTOR_LOG_LEVEL: expected trace, debug, info, warn, error or silent [CONFIG_INVALID]',
    );
  });
});

describe('a file that is no JSON', () => {
  it.each<[string, string, string]>([
    ['empty', '', '1:1: Unexpected end of JSON input'],
    ['a bare word', '{"shared": here}', "1:12: Unexpected token 'h'"],
    [
      'a bare word far down',
      `{\n  "shared": "${'x'.repeat(60)}",\n  "agents": oops,\n  "brain": {}\n}`,
      "3:13: Unexpected token 'o'",
    ],
    ['a comma too many', '{\n  "shared": "s",\n}', '3:1: Expected double-quoted property name'],
    ['a comma missing', '{"a": 1\n "b": 2}', "2:2: Expected ',' or '}' after property value"],
    ['a comment', '{\n  // where\n  "shared": "s"\n}', "2:3: Expected property name or '}'"],
    ['cut off', '{"shared": "s', '1:14: Unterminated string'],
    ['cut off after a line', '{\n  "brain": {\n', "3:1: Expected property name or '}'"],
    ['a line end in a string', '{"a": "b\nc"}', '1:9: Bad control character in string literal'],
    ['more after the end', '{}\n{}', '2:1: Unexpected non-whitespace character'],
    ['single quotes', "{'shared': 's'}", "1:2: Expected property name or '}'"],
    ['a byte order mark', '\uFEFF{}', "1:1: Unexpected token '\uFEFF'"],
  ])('%s', (_, text, expected) => {
    const [line, column, problem] = expected
      .split(/:(?! )|: (.*)/s)
      .filter((part) => part !== undefined);
    expect(refusalOf(() => parseConfig(text, 'config.json'))).toBe(
      `config.json:${line}:${column}: the configuration is not valid JSON: ${problem} [CONFIG_JSON]`,
    );
  });
});

describe('a configuration that is refused', () => {
  it.each<[string, unknown, string]>([
    ['an unknown key', { shraed: 's' }, 'Unrecognized key: "shraed"'],
    ['an unknown key below', { brain: { slot: 1 } }, 'brain: Unrecognized key: "slot"'],
    [
      'two mistakes',
      { brain: { slots: 0 }, sandbox: 'on' },
      'brain.slots: Too small: expected number to be >=1; sandbox: Invalid option: expected one of "auto"|"required"|"off"',
    ],
    [
      'a lease that is too short',
      { agent: { heartbeatIntervalMs: 5000, visibilityDelayMs: 2000, leaseMs: 20_999 } },
      'agent.leaseMs is 20999, expected at least 21000 = 3 x (heartbeatIntervalMs + visibilityDelayMs)',
    ],
    [
      'two agents of one name',
      {
        agents: [
          { name: 'a', kind: 'cpu' },
          { name: 'b', kind: 'cpu' },
          { name: 'a', kind: 'gpu' },
        ],
      },
      'agents: two are named a',
    ],
    [
      'an agent named brain',
      { agents: [{ name: 'brain', kind: 'cpu' }] },
      'agents: the name brain is reserved',
    ],
    [
      'a kind of agent that is none',
      { agents: [{ name: 'a', kind: 'tpu' }] },
      'agents.0.kind: Invalid option: expected one of "gpu"|"cpu"|"simulated"',
    ],
    ['a word for agents', { agents: 'all' }, 'agents: Invalid input: expected "auto"'],
    ['no object', null, 'Invalid input: expected object, received null'],
  ])('%s', (_, value, problem) => {
    expect(refusalOf(() => parseConfig(JSON.stringify(value), 'config.json'))).toBe(
      `config.json: the configuration is refused: ${problem} [CONFIG_INVALID]`,
    );
  });

  it('a lease of exactly the sum is enough', () => {
    const agent = { heartbeatIntervalMs: 5000, visibilityDelayMs: 2000, leaseMs: 21_000 };
    expect(parseConfig(JSON.stringify({ agent }), 'config.json').agent.leaseMs).toBe(21_000);
  });
});

describe('patterns of samples', () => {
  const refused = (pattern: string): string =>
    refusalOf(() =>
      parseConfig(JSON.stringify({ samples: { redact: ['x', pattern] } }), 'config.json'),
    );

  it('that are no regular expression, or match everything, are refused by name', () => {
    expect(refused('(')).toBe(
      'config.json: the configuration is refused: samples.redact.1: `(` cannot redact anything: Invalid regular expression: /(/u: Unterminated group [CONFIG_INVALID]',
    );
    expect(refused('a*')).toBe(
      'config.json: the configuration is refused: samples.redact.1: `a*` cannot redact anything: it matches the empty text, and so everything [CONFIG_INVALID]',
    );
    expect(refused('[a-z]+@')).toBe('none');
  });
});
