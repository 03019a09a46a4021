// Writes GGUF files: any header with tensors full of nothing (a sparse file takes no room), and a tiny llama with
// random weights that a real engine loads and runs. It speaks nonsense, fast and repeatably.
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';

export type GgufInput =
  number | boolean | string | readonly string[] | readonly boolean[] | Numbers;
export interface Numbers {
  readonly type: 'i32' | 'f32';
  readonly values: readonly number[];
}

export interface TensorInput {
  readonly name: string;
  readonly shape: readonly number[];
  /** 0 is F32, 1 is F16, 12 is Q4_K. */
  readonly type: number;
}

const ALIGNMENT = 32;
/** Elements and bytes of a block, of the types that the tests write. */
const BLOCK: Readonly<Record<number, readonly [number, number]>> = {
  0: [1, 4],
  1: [1, 2],
  8: [32, 34],
  12: [256, 144],
};

const u32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
};
const u64 = (value: number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(BigInt(value));
  return buffer;
};
const f32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeFloatLE(value);
  return buffer;
};
const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
};
const array = (type: number, items: readonly Buffer[]): Buffer =>
  Buffer.concat([u32(9), u32(type), u64(items.length), ...items]);

function encode(value: GgufInput): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(8), text(value)]);
  if (typeof value === 'boolean') return Buffer.concat([u32(7), Buffer.from([Number(value)])]);
  // Whole numbers are u32, all others f32: 1e-5, 10000.5.
  if (typeof value === 'number') {
    return Number.isInteger(value)
      ? Buffer.concat([u32(4), u32(value)])
      : Buffer.concat([u32(6), f32(value)]);
  }
  if ('type' in value) {
    return value.type === 'f32' ? array(6, value.values.map(f32)) : array(5, value.values.map(u32));
  }
  return typeof value[0] === 'boolean'
    ? array(
        7,
        value.map((item) => Buffer.from([Number(item)])),
      )
    : array(
        8,
        value.map((item) => text(String(item))),
      );
}

export const bytesOf = ({ shape, type }: TensorInput): number => {
  const [elements, bytes] = BLOCK[type]!;
  return (shape.reduce((a, b) => a * b, 1) / elements) * bytes;
};

/** `fill` gives the bytes of a tensor; without it they are a hole in the file. Answers the size. */
export function writeGguf(
  path: string,
  values: Readonly<Record<string, GgufInput>>,
  tensors: readonly TensorInput[],
  fill?: (tensor: TensorInput) => Buffer,
): number {
  let at = 0;
  const placed = tensors.map((tensor) => {
    const offset = at;
    at += Math.ceil(bytesOf(tensor) / ALIGNMENT) * ALIGNMENT;
    return { tensor, offset };
  });
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(Object.keys(values).length),
    ...Object.entries(values).map(([key, value]) => Buffer.concat([text(key), encode(value)])),
    ...placed.map(({ tensor: { name, shape, type }, offset }) =>
      Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(offset)]),
    ),
  ]);
  const start = Math.ceil(header.length / ALIGNMENT) * ALIGNMENT;
  const file = openSync(path, 'w');
  writeSync(file, header, 0, header.length, 0);
  if (fill !== undefined) {
    for (const { tensor, offset } of placed) {
      const bytes = fill(tensor);
      writeSync(file, bytes, 0, bytes.length, start + offset);
    }
  }
  ftruncateSync(file, start + at);
  closeSync(file);
  return start + at;
}

/** xorshift32: the same weights on every machine. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32 - 0.5;
  };
}

const WIDE = 64;
const DEEP = 128;
const LAYERS = 2;
const HEADS = 4;
const KV_HEADS = 2;

const SPECIAL = ['<unk>', '<s>', '<|im_end|>', '<|im_start|>'];
const BYTES = Array.from(
  { length: 256 },
  (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`,
);
const ASCII = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index));
const TOKENS = [...SPECIAL, ...BYTES, ...ASCII, '\u2581'];

/**
 * unknown 2, control 3, byte 6, normal 1. Bytes from 0x80 on are "unused" (5): the engine reads them in a prompt
 * and never writes them, so that what random weights write is valid UTF-8 and a `maxLength` can be counted.
 */
const TOKEN_TYPES = [
  2,
  ...SPECIAL.slice(1).map(() => 3),
  ...BYTES.map((_, byte) => (byte < 0x80 ? 6 : 5)),
  ...ASCII.map(() => 1),
  1,
];

const CHAT_TEMPLATE =
  "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

function tinyTensors(): TensorInput[] {
  const matrix = (name: string, ...shape: number[]): TensorInput => ({ name, shape, type: 0 });
  const head = WIDE / HEADS;
  return [
    matrix('token_embd.weight', WIDE, TOKENS.length),
    ...Array.from({ length: LAYERS }, (_, layer) => [
      matrix(`blk.${layer}.attn_norm.weight`, WIDE),
      matrix(`blk.${layer}.attn_q.weight`, WIDE, WIDE),
      matrix(`blk.${layer}.attn_k.weight`, WIDE, KV_HEADS * head),
      matrix(`blk.${layer}.attn_v.weight`, WIDE, KV_HEADS * head),
      matrix(`blk.${layer}.attn_output.weight`, WIDE, WIDE),
      matrix(`blk.${layer}.ffn_norm.weight`, WIDE),
      matrix(`blk.${layer}.ffn_gate.weight`, WIDE, DEEP),
      matrix(`blk.${layer}.ffn_up.weight`, WIDE, DEEP),
      matrix(`blk.${layer}.ffn_down.weight`, DEEP, WIDE),
    ]).flat(),
    matrix('output_norm.weight', WIDE),
    matrix('output.weight', WIDE, TOKENS.length),
  ];
}

/** About half a megabyte. `seed` makes another model of the same shape. */
export function writeTinyLlama(path: string, { seed = 1, context = 16_384 } = {}): void {
  const next = dice(seed * 7919);
  const values = {
    'general.architecture': 'llama',
    'general.name': `tiny-${seed}`,
    'llama.block_count': LAYERS,
    'llama.context_length': context,
    'llama.embedding_length': WIDE,
    'llama.feed_forward_length': DEEP,
    'llama.attention.head_count': HEADS,
    'llama.attention.head_count_kv': KV_HEADS,
    'llama.attention.layer_norm_rms_epsilon': 1e-5,
    'llama.rope.dimension_count': WIDE / HEADS,
    'llama.vocab_size': TOKENS.length,
    'tokenizer.ggml.model': 'llama',
    'tokenizer.ggml.tokens': TOKENS,
    'tokenizer.ggml.scores': { type: 'f32', values: TOKENS.map(() => 0) },
    'tokenizer.ggml.token_type': { type: 'i32', values: TOKEN_TYPES },
    'tokenizer.ggml.unknown_token_id': 0,
    'tokenizer.ggml.bos_token_id': 1,
    'tokenizer.ggml.eos_token_id': 2,
    'tokenizer.ggml.add_bos_token': false,
    'tokenizer.ggml.add_space_prefix': false,
    'tokenizer.chat_template': CHAT_TEMPLATE,
  } as const;
  writeGguf(path, values, tinyTensors(), ({ name, shape }) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const isNorm = name.endsWith('norm.weight');
    return Buffer.from(Float32Array.from({ length: count }, () => (isNorm ? 1 : next())).buffer);
  });
}
