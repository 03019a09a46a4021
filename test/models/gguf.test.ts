// What is read of a GGUF file, and what is refused before an engine chokes on it.
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readGguf, shardPaths } from '../../agents/models/gguf.ts';
import { Fault } from '../../agents/protocol/fault.ts';
import { bytesOf, writeGguf, writeTinyLlama } from '../helpers/gguf.ts';
import type { TensorInput } from '../helpers/gguf.ts';

const folder = mkdtempSync(join(tmpdir(), 'tutti-gguf-'));
afterAll(() => rmSync(folder, { recursive: true }));
const at = (name: string): string => join(folder, name);

const SHAPE = {
  'general.architecture': 'llama',
  'llama.block_count': 2,
  'llama.context_length': 4096,
  'llama.embedding_length': 64,
  'llama.attention.head_count': 4,
} as const;
const TENSOR: TensorInput = { name: 'blk.0.attn_q.weight', shape: [64, 64], type: 1 };

async function refusal(path: string): Promise<string> {
  try {
    await readGguf(path);
  } catch (error) {
    if (error instanceof Fault) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'read';
}

describe('a model', () => {
  it('is read', async () => {
    writeTinyLlama(at('tiny.gguf'), { seed: 3 });
    const tiny = await readGguf(at('tiny.gguf'));
    expect(tiny).toMatchObject({
      architecture: 'llama',
      title: 'tiny-3',
      contextTokensMax: 16_384,
      heads: 4,
      keyLength: 16,
      valueLength: 16,
      embedding: 64,
      vocabulary: 355,
    });
    expect(tiny.layers).toEqual([
      { kvHeads: 2, window: null },
      { kvHeads: 2, window: null },
    ]);
    expect(tiny.fileBytes).toBeLessThan(600_000);
    expect(tiny.weightBytes).toBe(tiny.fileBytes - 355 * 64 * 4 - headerBytes(tiny.fileBytes));
  });

  it('a vocabulary of 150,000 words is passed over', async () => {
    const words = Array.from({ length: 150_000 }, (_, index) => `word-${index}`);
    writeGguf(at('words.gguf'), { ...SHAPE, 'tokenizer.ggml.tokens': words }, [TENSOR]);
    expect((await readGguf(at('words.gguf'))).vocabulary).toBe(150_000);
  });

  it('shards are added up, and only their names must match', async () => {
    expect(shardPaths('/m/big-00001-of-00003.gguf')).toEqual([
      '/m/big-00001-of-00003.gguf',
      '/m/big-00002-of-00003.gguf',
      '/m/big-00003-of-00003.gguf',
    ]);
    writeGguf(at('big-00001-of-00002.gguf'), SHAPE, [TENSOR]);
    writeGguf(at('big-00002-of-00002.gguf'), {}, [TENSOR, TENSOR]);
    const big = await readGguf(at('big-00001-of-00002.gguf'));
    expect(big.weightBytes).toBe(3 * bytesOf(TENSOR));
  });

  it('a type of tensor that is newer than tutti counts with the room it takes', async () => {
    const size = writeGguf(at('new.gguf'), SHAPE, [TENSOR, { ...TENSOR, name: 'next' }]);
    const known = await readGguf(at('new.gguf'));
    expect(known.weightBytes).toBe(2 * bytesOf(TENSOR));
    expect(size).toBe(known.fileBytes);
  });
});

/** The tensors of the tiny model end at the end of its file; what is left is its header. */
const headerBytes = (fileBytes: number): number => fileBytes - TINY_TENSOR_BYTES;
const TINY_TENSOR_BYTES =
  4 * (2 * 355 * 64 + 2 * (64 * 64 * 2 + 64 * 32 * 2 + 64 * 128 * 3 + 2 * 64) + 64);

describe('refused', () => {
  it('a file that is not there, or no file', async () => {
    expect(await refusal(at('nowhere.gguf'))).toBe(
      `MODEL_FILE_MISSING: there is no model file ${at('nowhere.gguf')}`,
    );
    mkdirSync(at('folder.gguf'));
    expect(await refusal(at('folder.gguf'))).toMatch(/^MODEL_FILE_MISSING/);
  });

  it('a missing shard, by its name', async () => {
    writeGguf(at('part-00001-of-00002.gguf'), SHAPE, [TENSOR]);
    expect(await refusal(at('part-00001-of-00002.gguf'))).toMatch(
      /^MODEL_FILE_MISSING: .*part-00002-of-00002\.gguf$/,
    );
  });

  it('a download that stopped: inside the data, inside the header, at the start', async () => {
    const size = writeGguf(at('cut.gguf'), SHAPE, [TENSOR]);
    truncateSync(at('cut.gguf'), size - 1);
    expect(await refusal(at('cut.gguf'))).toBe(
      `MODEL_FILE_TRUNCATED: the model file ${at('cut.gguf')} has ${size - 1} bytes, ${size} are expected`,
    );
    truncateSync(at('cut.gguf'), 200);
    expect(await refusal(at('cut.gguf'))).toMatch(
      /^MODEL_FILE_TRUNCATED: .* 200 bytes, its header/,
    );
    truncateSync(at('cut.gguf'), 0);
    expect(await refusal(at('cut.gguf'))).toMatch(/^MODEL_FILE_TRUNCATED: .* 0 bytes/);
  });

  it('what is no GGUF', async () => {
    writeFileSync(at('page.gguf'), '<!doctype html><p>404</p>');
    expect(await refusal(at('page.gguf'))).toBe(
      `MODEL_FILE_INVALID: ${at('page.gguf')} is no usable GGUF model: it begins with "<!do", not with "GGUF"`,
    );
    writeFileSync(at('old.gguf'), Buffer.concat([Buffer.from('GGUF'), Buffer.from([1, 0, 0, 0])]));
    appendFileSync(at('old.gguf'), Buffer.alloc(64));
    expect(await refusal(at('old.gguf'))).toMatch(/version 1 of the format is unknown/);
    writeFileSync(at('wild.gguf'), Buffer.concat([Buffer.from('GGUF'), Buffer.from([3, 0, 0, 0])]));
    appendFileSync(at('wild.gguf'), Buffer.alloc(64, 255));
    expect(await refusal(at('wild.gguf'))).toMatch(/is no count$/);
  });

  it('a file without what an estimate needs', async () => {
    const { 'llama.block_count': _, ...rest } = SHAPE;
    writeGguf(at('bare.gguf'), rest, []);
    expect(await refusal(at('bare.gguf'))).toMatch(/llama\.block_count is missing$/);
    writeGguf(at('vision.gguf'), {}, []);
    expect(await refusal(at('vision.gguf'))).toMatch(/general\.architecture is missing$/);
  });
});
