// The comparison of backends: two equal servers come out equal, a slower one is found out, and a fault leaves
// nothing behind. The servers are fakes whose counts are exact.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { differencePercent, spreadOf } from '../../scripts/bench/models/statistics.ts';
import { writeTinyLlama } from '../helpers/gguf.ts';
import { LLAMA_SERVER } from '../models/stage.ts';
import { openHouse } from './house.ts';
import type { House } from './house.ts';
import { benchModelsSchema } from './schemas.ts';

let house: House;
let folder: string;
beforeEach(() => {
  house = openHouse();
  folder = mkdtempSync(join(tmpdir(), 'tutti-bench-test-'));
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await house.close();
});

function model(behaviour: object = {}): string {
  const file = join(folder, 'model.gguf');
  writeTinyLlama(file);
  writeFileSync(`${file}.fake.json`, JSON.stringify(behaviour));
  return file;
}

const bench = (file: string, backends: readonly string[], ...more: readonly string[]) => {
  const flags = backends.flatMap((backend) => ['--backend', backend]);
  return house.tutti(
    'bench',
    'models',
    file,
    ...flags,
    '--prompt',
    '64',
    '--generate',
    '8',
    ...more,
  );
};

const server = (label: string): string => `${label}:llama-server@${LLAMA_SERVER}`;

it('two equal servers come out equal, with medians, spread and both command lines', async () => {
  const file = model();
  const { code, out, err } = await bench(file, [server('a'), server('b')]);
  expect({ code, err }).toMatchObject({ code: 0 });
  expect(err).toContain('a: load and warm-up\nb: load and warm-up\nturn 1 of 5\n');
  // Two milliseconds for a token of the prompt, ten for one of the reply: the counts of the server itself.
  expect(out).toMatch(/^a +500 \(500 to 500\) +100 \(100 to 100\) +[\d.]+ ms \(/m);
  expect(out).toMatch(/^b +500 \(500 to 500\) +100 \(100 to 100\) +[\d.]+ ms \(/m);
  expect(out).toContain('prompt: b and a are equal within their spread');
  expect(out).toContain('generation: b and a are equal within their spread');
  expect(out).toMatch(/^a: \S*node \S+fake-llama-server\.mjs --model \S+ --alias a-\w+ /m);
  expect(out).toMatch(/^b: \S*node \S+fake-llama-server\.mjs --model \S+ --alias b-\w+ /m);
});

it('no two prompts begin alike, and no cache is used', async () => {
  const log = join(folder, 'requests.jsonl');
  const file = model({ requestLog: log });
  expect((await bench(file, [server('a')])).code).toBe(0);
  const { readFileSync } = await import('node:fs');
  const bodies = readFileSync(log, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { cache_prompt: boolean; messages: { content: string }[] });
  expect(bodies).toHaveLength(6);
  expect(new Set(bodies.map(({ messages }) => messages[0]!.content.slice(0, 8))).size).toBe(6);
  expect(bodies.every((body) => !body.cache_prompt)).toBe(true);
});

it('a server without times of its own is seen from outside, and says so', async () => {
  const file = model({ hasTimings: false });
  const { out } = await bench(file, [server('a')], '--json');
  const [only] = benchModelsSchema.parse(JSON.parse(out)).backends;
  expect(only).toMatchObject({ prompt_tokens_per_s: null, seen_from_outside: true });
  expect(only!.generated_tokens_per_s).not.toBeNull();
});

it('a model that does not load: the fault, and nothing is left', async () => {
  const file = model({ exit: { line: 'error: unknown model architecture', code: 1 } });
  const { code, err } = await bench(file, [server('a')]);
  expect(code).toBe(2);
  expect(err).toContain('[MODEL_LOAD_FAILED]');
});

describe('what is asked wrongly is refused', () => {
  it.each([
    [['llamafile'], [], 'expected [label:]driver'],
    [['ollama'], [], 'it needs =name'],
    [['llama-server'], ['--repeats', '3'], 'fewer than 5 turns show no spread'],
  ])('%j %j', async (backends, more, problem) => {
    const { code, err } = await bench(model(), backends, ...more);
    expect(code).toBe(2);
    expect(err).toContain(problem);
  });
});

describe('statistics', () => {
  it('median and range; a missing sample leaves none', () => {
    expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3 });
    expect(spreadOf([4, 1, 2, 3])).toEqual({ median: 2.5, min: 1, max: 4 });
    expect(spreadOf([1, null, 2])).toBeNull();
    expect(spreadOf([])).toBeNull();
  });

  it('differ only where their ranges do not meet', () => {
    const a = { median: 100, min: 95, max: 105 };
    expect(differencePercent(a, a)).toBe(0);
    expect(differencePercent(a, { median: 110, min: 104, max: 112 })).toBe(0);
    expect(differencePercent(a, { median: 120, min: 118, max: 121 })).toBe(20);
    expect(differencePercent(a, { median: 50, min: 49, max: 51 })).toBe(-50);
  });
});
