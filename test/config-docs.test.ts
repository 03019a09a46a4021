// docs/CONFIG.md is generated: the page, the schema and the environment that is read say the same.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { configSchema } from '../agents/protocol/config.ts';
import { configKeys, renderConfig, unitOf, VARIABLES } from '../scripts/docs/config.ts';
import { ROOT } from './tidy/tree.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const keys = configKeys();

it('docs/CONFIG.md is what `npm run docs` writes', () => {
  expect(read('docs/CONFIG.md')).toBe(renderConfig());
});

it('lists a key with its type, unit, default, variable and meaning', () => {
  const page = renderConfig();
  expect(page).toContain(
    '| `retry.jitterPercent` | integer ≥ 0 | % | `20` |  | Random part of each wait. |',
  );
  expect(page).toContain('| `agents[].name` | string, required |  |  |  | Unique among all hosts');
  expect(page).toContain('| `shared` | string |  | `"shared"` | `TUTTI_SHARED` |');
});

it('lists every key that has a default, with that default', () => {
  const flatten = (value: unknown, path: string): [string, string][] =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).flatMap(([key, child]) =>
          flatten(child, path === '' ? key : `${path}.${key}`),
        )
      : [[path, JSON.stringify(value)]];
  const listed = keys
    .filter(({ path, fallback }) => fallback !== '' && !path.includes('<name>'))
    .map(({ path, fallback }) => [path, fallback]);
  expect(listed).toEqual(flatten(configSchema.parse({}), ''));
});

it('describes every key in a sentence', () => {
  expect(keys.filter(({ description }) => !/^\S.*\.$/s.test(description))).toEqual([]);
});

it('names the unit of every number that is no plain count', () => {
  const counts = keys.filter(({ type, unit }) => /^(integer|number)/.test(type) && unit === '');
  const PLAIN = /(slots|Slots|Max|Min|attempts|losses|PerSlot|cards|tier|temperature)$/;
  expect(counts.map(({ path }) => path).filter((path) => !PLAIN.test(path))).toEqual([]);
});

it.each([
  ['backoffMsMax', 'ms'],
  ['timeoutS', 's'],
  ['scriptVramMibDefault', 'MiB'],
  ['temperatureCelsiusResume', '°C'],
  ['logBytesMax', 'bytes'],
  ['powerPercentMax', '%'],
  ['contextTokens', 'tokens'],
  ['attempts', ''],
])('the unit of %s is "%s"', (key, unit) => {
  expect(unitOf(key)).toBe(unit);
});

it('lists exactly the variables that the settings read', () => {
  const quoted = [...read('agents/process/settings.ts').matchAll(/'([A-Z]+(?:_[A-Z]+)+)'/g)];
  const isError = (name: string): boolean => name.startsWith('CONFIG_');
  const names = new Set(quoted.map((match) => match[1]!).filter((name) => !isError(name)));
  expect([...names].toSorted()).toEqual(Object.keys(VARIABLES).toSorted());
});
