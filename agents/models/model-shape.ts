// What the metadata of a GGUF say about the memory that a model needs. Pure.
import type { GgufValue } from './gguf-header.ts';
import type { TensorBytes } from './tensor-bytes.ts';

export interface LayerShape {
  /** 0 for a layer without attention (recurrent models). */
  readonly kvHeads: number;
  /** Tokens it looks back; null: all. */
  readonly window: number | null;
}

export interface ModelShape {
  readonly architecture: string;
  /** For people; null where the file does not say. */
  readonly title: string | null;
  /** Tokens it was trained for. */
  readonly contextTokensMax: number;
  readonly layers: readonly LayerShape[];
  readonly heads: number;
  readonly keyLength: number;
  readonly valueLength: number;
  readonly embedding: number;
  readonly vocabulary: number;
  /** Bytes of the tensors that an engine puts on the card when all layers are there. */
  readonly weightBytes: number;
}

/** Every n-th layer looks back over everything, the others over the window (llama.cpp, `set_swa_pattern`). */
const WINDOW_PATTERNS: Readonly<Record<string, number>> = {
  gemma2: 2,
  gemma3: 6,
  'gpt-oss': 2,
  cohere2: 4,
  llama4: 4,
  exaone4: 4,
  olmo2: 4,
};

/** Answers what is missing where it cannot tell. */
export function shapeOf(
  values: ReadonlyMap<string, GgufValue>,
  tensors: readonly TensorBytes[],
): ModelShape | string {
  const architecture = values.get('general.architecture');
  if (typeof architecture !== 'string') return 'general.architecture is missing';
  const at = (key: string): GgufValue | undefined => values.get(`${architecture}.${key}`);
  const number = (key: string): number | null => numberOf(at(key));
  const layerCount = number('block_count');
  const contextTokensMax = number('context_length');
  const embedding = number('embedding_length');
  const heads = largestOf(at('attention.head_count'));
  if (layerCount === null) return `${architecture}.block_count is missing`;
  if (contextTokensMax === null) return `${architecture}.context_length is missing`;
  if (embedding === null) return `${architecture}.embedding_length is missing`;
  if (heads === null) return `${architecture}.attention.head_count is missing`;
  const headLength = heads === 0 ? 0 : embedding / heads;
  const title = values.get('general.name');
  const isSliding = slidingOf(architecture, at('attention.sliding_window_pattern'));
  const window = number('attention.sliding_window');
  return {
    architecture,
    title: typeof title === 'string' ? title : null,
    contextTokensMax,
    layers: Array.from({ length: layerCount }, (_, layer) => ({
      kvHeads:
        perLayer(at('attention.head_count_kv') ?? at('attention.head_count'), layer) ?? heads,
      window: window !== null && window > 0 && isSliding(layer) ? window : null,
    })),
    heads,
    keyLength: number('attention.key_length') ?? headLength,
    valueLength: number('attention.value_length') ?? headLength,
    embedding,
    vocabulary: number('vocab_size') ?? lengthOf(values.get('tokenizer.ggml.tokens')),
    weightBytes: weightBytesOf(tensors),
  };
}

/** The input embedding stays in main memory, unless it is the output matrix as well: then the card has a copy. */
function weightBytesOf(tensors: readonly TensorBytes[]): number {
  const hasOutput = tensors.some(({ name }) => name === 'output.weight');
  return tensors
    .filter(({ name }) => !(hasOutput && name === 'token_embd.weight'))
    .reduce((sum, { bytes }) => sum + bytes, 0);
}

function slidingOf(
  architecture: string,
  stated: GgufValue | undefined,
): (layer: number) => boolean {
  if (Array.isArray(stated)) return (layer) => Boolean(stated[layer]);
  const pattern = numberOf(stated) ?? WINDOW_PATTERNS[architecture];
  if (pattern === undefined || pattern <= 0) return () => false;
  return (layer) => layer % pattern < pattern - 1;
}

const numberOf = (value: GgufValue | undefined): number | null =>
  typeof value === 'number' ? value : null;

function perLayer(value: GgufValue | undefined, layer: number): number | null {
  return Array.isArray(value) ? Number(value[layer] ?? 0) : numberOf(value);
}

function largestOf(value: GgufValue | undefined): number | null {
  return Array.isArray(value)
    ? value.map(Number).reduce((a, b) => Math.max(a, b), 0)
    : numberOf(value);
}

const lengthOf = (value: GgufValue | undefined): number =>
  typeof value === 'object' ? value.length : 0;
