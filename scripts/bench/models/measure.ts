// The comparison of backends, done so that the answer means something: the same prompts for all, a nonce in front of
// each so that no cache knows it, a warm-up, turns that alternate, and the rates from the servers' own counts.
import type { ChatResult } from '../../../agents/models/chat-types.ts';
import type { ModelSpec, Runtime } from '../../../agents/models/runtime.ts';
import type { Clock, Random } from '../../../agents/process/clock.ts';
import { spreadOf } from './statistics.ts';
import type { Spread } from './statistics.ts';

export interface MeasureOptions {
  readonly repeats: number;
  readonly promptTokens: number;
  readonly generatedTokens: number;
}

export interface MeasurePorts {
  readonly runtime: Runtime;
  readonly clock: Clock;
  readonly random: Random;
  /** Joules between two moments of the monotonic clock; null where power is not known. */
  readonly joules: (fromMs: number, toMs: number) => number | null;
  readonly note: (text: string) => void;
}

export interface Measured {
  readonly backend: string;
  readonly loadMs: number | null;
  readonly vramMib: number | null;
  readonly pid: number | null;
  /** Tokens per second. */
  readonly promptRate: Spread | null;
  readonly generateRate: Spread | null;
  /** The server gives no times: generation was timed from outside. */
  readonly isOutside: boolean;
  readonly firstTokenMs: Spread | null;
  readonly joulesPerToken: Spread | null;
}

interface Sample {
  readonly result: ChatResult;
  readonly joules: number | null;
}

const NONCE_LENGTH = 16;
const CHARACTERS_PER_TOKEN = 4;
const SENTENCE = 'The quick brown fox jumps over the lazy dog and writes down what it saw. ';

/** All stay loaded, so that turns can alternate. @throws Fault MODEL_* */
export async function measureAll(
  ports: MeasurePorts,
  specs: readonly ModelSpec[],
  options: MeasureOptions,
): Promise<Measured[]> {
  const loads = new Map<string, number | null>();
  for (const spec of specs) {
    ports.note(`${spec.name}: load and warm-up`);
    loads.set(spec.name, (await ports.runtime.ensureReady(spec)).loadMs);
    await askOnce(ports, spec, options);
  }
  const samples = new Map(specs.map(({ name }) => [name, [] as Sample[]]));
  for (let turn = 0; turn < options.repeats; turn++) {
    ports.note(`turn ${turn + 1} of ${options.repeats}`);
    // Who goes first changes, so that a card that warms up is unfair to nobody.
    for (const spec of turn % 2 === 0 ? specs : specs.toReversed()) {
      samples.get(spec.name)!.push(await askOnce(ports, spec, options));
    }
  }
  const held = new Map(ports.runtime.held().map((one) => [one.model, one]));
  return specs.map(({ name }) => ({
    ...summarise(name, samples.get(name)!),
    loadMs: loads.get(name) ?? null,
    vramMib: held.get(name)?.measuredMib ?? null,
    pid: held.get(name)?.pid ?? null,
  }));
}

async function askOnce(
  { runtime, random, clock, joules }: MeasurePorts,
  { name }: ModelSpec,
  { promptTokens, generatedTokens }: MeasureOptions,
): Promise<Sample> {
  const text = SENTENCE.repeat(Math.ceil((promptTokens * CHARACTERS_PER_TOKEN) / SENTENCE.length));
  const content = `${random.text(NONCE_LENGTH)} ${text}`.slice(
    0,
    promptTokens * CHARACTERS_PER_TOKEN,
  );
  const fromMs = clock.monotonicMs();
  const result = await runtime.chat(name, {
    messages: [{ role: 'user', content }],
    maxTokens: generatedTokens,
    temperature: 0,
    seed: 1,
    cachePrompt: false,
  });
  return { result, joules: joules(fromMs, clock.monotonicMs()) };
}

function summarise(backend: string, samples: readonly Sample[]) {
  const rate = (tokens: number | null, ms: number | null): number | null =>
    tokens === null || ms === null || ms <= 0 ? null : (1000 * tokens) / ms;
  const outsideMs = ({ timings: { totalMs, firstTokenMs } }: ChatResult): number =>
    totalMs - (firstTokenMs ?? 0);
  const results = samples.map(({ result }) => result);
  return {
    backend,
    promptRate: spreadOf(
      results.map(({ usage, timings }) => rate(usage.promptTokens, timings.promptMs)),
    ),
    generateRate: spreadOf(
      results.map((one) =>
        rate(one.usage.generatedTokens, one.timings.generateMs ?? outsideMs(one)),
      ),
    ),
    isOutside: results.some(({ timings }) => timings.generateMs === null),
    firstTokenMs: spreadOf(results.map(({ timings }) => timings.firstTokenMs)),
    joulesPerToken: spreadOf(
      samples.map(({ result, joules }) =>
        joules === null || (result.usage.generatedTokens ?? 0) === 0
          ? null
          : joules / result.usage.generatedTokens!,
      ),
    ),
  };
}
