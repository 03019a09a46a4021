import { describe, expect, it } from 'vitest';
import { configSchema } from '../../agents/protocol/config.ts';

type Section = Readonly<Record<string, unknown>>;
const DEFAULTS: Section = configSchema.parse({});

/** Every section, by the way to it. */
function sectionsOf(value: Section, path: readonly string[] = []): (readonly string[])[] {
  const below = Object.entries(value).filter(
    (entry): entry is [string, Section] =>
      typeof entry[1] === 'object' && entry[1] !== null && !Array.isArray(entry[1]),
  );
  return [path, ...below.flatMap(([key, section]) => sectionsOf(section, [...path, key]))];
}

/** Records: their keys are names, which people choose. */
const RECORDS: ReadonlySet<string> = new Set(['models', 'roles', 'aliases', 'modelPolicy.pins']);

const nest = (path: readonly string[], leaf: unknown): unknown =>
  path.reduceRight<unknown>((value, key) => ({ [key]: value }), leaf);

const problemsOf = (value: unknown): string[] =>
  (configSchema.safeParse(value).error?.issues ?? []).map(
    ({ path, message }) => `${path.join('.')}: ${message}`,
  );

describe('an empty configuration', () => {
  it('is the defaults, and they are a configuration themselves', () => {
    expect(configSchema.parse(DEFAULTS)).toEqual(DEFAULTS);
    expect(DEFAULTS).toMatchObject({
      shared: 'shared',
      durability: 'process',
      agents: 'auto',
      sandbox: 'auto',
      permissions: {},
      brain: { slots: 2, releaseWindowPerSlot: 8, releaseWindowMin: 32 },
      agent: { budgetPercent: 80, scriptVramMibDefault: 1024, cpuVramMib: 1024 },
      retry: { attempts: 3, losses: 5, backoffMs: 1000, backoffMsMax: 60_000, jitterPercent: 20 },
      launch: { restartsMax: 6, restartWindowMs: 300_000 },
    });
  });

  it('keeps the rules between its keys', () => {
    const { agent, thermal } = configSchema.parse({});
    expect(agent.leaseMs).toBeGreaterThanOrEqual(
      3 * (agent.heartbeatIntervalMs + agent.visibilityDelayMs),
    );
    for (const [resume, max] of [
      [thermal.temperatureCelsiusResume, thermal.temperatureCelsiusMax],
      [thermal.powerPercentResume, thermal.powerPercentMax],
      [thermal.vramPercentResume, thermal.vramPercentMax],
    ] as const) {
      expect(resume).toBeLessThan(max);
    }
  });

  it('is not shared between two readers', () => {
    const [one, other] = [configSchema.parse({}), configSchema.parse({})];
    one.brain.slots = 99;
    expect(other.brain.slots).toBe(2);
  });
});

describe('a key', () => {
  const sections = sectionsOf(DEFAULTS).filter((path) => !RECORDS.has(path.join('.')));
  it.each(sections.map((path) => [path.join('.') || 'the file', path] as const))(
    'that nobody knows is refused by name in %s',
    (_, path) => {
      const [problem, ...others] = problemsOf(nest(path, { pollIntervallMs: 1 }));
      expect(problem).toBe(`${path.join('.')}: Unrecognized key: "pollIntervallMs"`);
      expect(others).toEqual([]);
    },
  );

  /** Numbers that count things have no unit. */
  const COUNTS =
    /(^slots|Slots|PerSlot|WindowMin|ProblemsMax|diagnosesMax|RunsMax|TasksMax|childrenMax|attempts|losses|ossesMax|notNowMax|restartsMax|[fF]ilesMax|TriesMax|StepsMax)$/;
  const UNITS = /(Ms|S|Mib|Bytes|Tokens|Percent|Celsius)(Max|Min|Resume|Default)?$/;

  it('that is a number ends with its unit', () => {
    const numbers = sectionsOf(DEFAULTS).flatMap((path) => {
      const section = path.reduce((value, key) => value[key] as Section, DEFAULTS);
      return Object.keys(section).filter((key) => typeof section[key] === 'number');
    });
    expect(numbers.length).toBeGreaterThan(30);
    expect(numbers.filter((key) => !UNITS.test(key) && !COUNTS.test(key))).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    [
      'a negative time',
      { brain: { pollIntervalMs: -1 } },
      'brain.pollIntervalMs: Too small: expected number to be >=0',
    ],
    [
      'half a millisecond',
      { agent: { leaseMs: 1.5 } },
      'agent.leaseMs: Invalid input: expected int, received number',
    ],
    [
      'a number in words',
      { retry: { attempts: '3' } },
      'retry.attempts: Invalid input: expected number, received string',
    ],
    [
      'no attempt at all',
      { retry: { attempts: 0 } },
      'retry.attempts: Too small: expected number to be >=1',
    ],
    [
      'more than the card',
      { agent: { budgetPercent: 101 } },
      'agent.budgetPercent: Too big: expected number to be <=100',
    ],
    [
      'an unknown choice',
      { durability: 'none' },
      'durability: Invalid option: expected one of "process"|"full"',
    ],
    [
      'a level that is none',
      { log: { brain: 'loud' } },
      'log.brain: Invalid option: expected one of "trace"|"debug"|"info"|"warn"|"error"|"silent"',
    ],
    ['no object', [], ': Invalid input: expected object, received array'],
    ['null for a section', { brain: null }, 'brain: Invalid input: expected object, received null'],
  ])('with %s is refused', (_, value, problem) => {
    expect(problemsOf(value)).toEqual([problem]);
  });
});

describe('agents', () => {
  it.each<[string, unknown]>([
    ['a card', [{ name: 'gpu-1', kind: 'gpu', uuid: 'GPU-1' }]],
    [
      'a simulated card',
      [{ name: 'gpu-1', kind: 'simulated', vramMib: 6144, curve: [{ atMs: 0, fault: 'lost' }] }],
    ],
    ['the CPU', [{ name: 'cpu-1', kind: 'cpu', slots: 4 }]],
    ['none', []],
    ['whatever there is', 'auto'],
  ])('may be %s', (_, agents) => {
    expect(problemsOf({ agents })).toEqual([]);
  });

  it.each<[string, unknown, string]>([
    [
      'a name in capitals',
      [{ name: 'GPU-1', kind: 'gpu' }],
      '.0.name: Invalid string: must match pattern /^[a-z][a-z0-9_-]{0,23}$/',
    ],
    [
      'no slot',
      [{ name: 'cpu-1', kind: 'cpu', slots: 0 }],
      '.0.slots: Too small: expected number to be >=1',
    ],
    ['an unknown key', [{ name: 'cpu-1', kind: 'cpu', cores: 4 }], '.0: Unrecognized key: "cores"'],
    [
      'a point before the start',
      [{ name: 'gpu-1', kind: 'simulated', curve: [{ atMs: -1 }] }],
      '.0.curve.0.atMs: Too small: expected number to be >=0',
    ],
    ['a kind that is none', [{ name: 'gpu-1', kind: 'tpu' }], ': Invalid input'],
    ['another word', 'all', ': Invalid input'],
  ])('may not have %s', (_, agents, problem) => {
    expect(problemsOf({ agents })).toEqual([`agents${problem}`]);
  });
});
