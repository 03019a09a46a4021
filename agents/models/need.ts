// What a load of an owned engine takes of its card: declared in the roster, else measured before, else estimated
// from the header of the file. An automatic context is what fits, up to a limit.
import { basename } from 'node:path';
import { Fault } from '../protocol/fault.ts';
import type { Measurement } from '../protocol/model-server.ts';
import { utc } from '../process/clock.ts';
import { isSameLoad, readMeasurements, rememberMeasurement } from '../store/model-servers.ts';
import type { DriverPorts, Engine, Need } from './driver.ts';
import { estimate, fittingContext, SPLIT_MARGIN } from './estimate.ts';
import { readGguf } from './gguf.ts';
import type { GgufModel } from './gguf.ts';
import type { ModelSpec } from './runtime.ts';

/** Below this an automatic context is not made smaller: a model that forgets its prompt is of no use. */
export const CONTEXT_TOKENS_MIN = 2048;

const loadKey = (engine: Engine, spec: ModelSpec, contextTokens: number, fileBytes: number) => ({
  file: `${basename(spec.source)}:${fileBytes}`,
  engine: engine.name,
  context_tokens: contextTokens,
  slots: spec.slots,
  kv_type: spec.kvType,
  cards: cardsOf(spec),
});

const cardsOf = ({ split }: ModelSpec): number => split?.cards ?? 1;
const splitMargin = (spec: ModelSpec): number => (cardsOf(spec) === 1 ? 1 : SPLIT_MARGIN);

/** The next load of the same file in the same shape goes by what this one took. */
export async function remember(
  ports: DriverPorts,
  engine: Engine,
  spec: ModelSpec,
  contextTokens: number,
  mib: number,
): Promise<void> {
  const { fileBytes } = await readGguf(spec.source);
  const key = loadKey(engine, spec, contextTokens, fileBytes);
  const measurement: Measurement = { ...key, mib, at: utc(ports.clock) };
  await rememberMeasurement(ports.store, ports.agent, measurement);
}

/** @throws Fault MODEL_FILE_MISSING, MODEL_FILE_TRUNCATED, MODEL_FILE_INVALID, MODEL_CONTEXT_TOO_LARGE */
export async function needOf(
  ports: DriverPorts,
  engine: Engine,
  spec: ModelSpec,
  roomMib: number | null,
): Promise<Need> {
  const gguf = await readGguf(spec.source);
  const contextTokens = spec.contextTokens ?? automaticContext(ports, engine, spec, gguf, roomMib);
  if (contextTokens > gguf.contextTokensMax) {
    const { name: model } = spec;
    const wanted = contextTokens;
    const most = gguf.contextTokensMax;
    throw new Fault('MODEL_CONTEXT_TOO_LARGE', { model, wanted, most });
  }
  const contextTokensMin = spec.contextTokens === null ? CONTEXT_TOKENS_MIN : null;
  const need = (mib: number, isKnown: boolean): Need => ({
    contextTokens,
    mib,
    isKnown,
    contextTokensMin,
  });
  if (spec.vramMib !== null) return need(spec.vramMib, true);
  if (!engine.usesCard || ports.card.devices === '') return need(0, true);
  const key = loadKey(engine, spec, contextTokens, gguf.fileBytes);
  const measured = await readMeasurements(ports.store, ports.agent);
  const known = measured.find((one) => isSameLoad(one, key));
  if (known !== undefined) return need(known.mib, true);
  const { totalMib } = estimate(gguf, shapeOfLoad(spec, contextTokens));
  return need((totalMib * splitMargin(spec)) / cardsOf(spec), false);
}

const shapeOfLoad = ({ slots, kvType }: ModelSpec, contextTokens: number) => ({
  contextTokens,
  slots,
  kvType,
  isFlashAttention: true,
});

function automaticContext(
  ports: DriverPorts,
  engine: Engine,
  spec: ModelSpec,
  gguf: GgufModel,
  roomMib: number | null,
): number {
  const most = Math.min(gguf.contextTokensMax, ports.limits.automaticContextTokensMax);
  const isCounted = engine.usesCard && ports.card.devices !== '' && spec.vramMib === null;
  if (roomMib === null || !isCounted) return most;
  const allMib = (roomMib * cardsOf(spec)) / splitMargin(spec);
  const fitting = fittingContext(gguf, shapeOfLoad(spec, most), allMib);
  return Math.max(Math.min(most, fitting), Math.min(CONTEXT_TOKENS_MIN, most));
}
