// A GGUF model on this host: its header, over all shards, checked against the sizes of the files. Nothing is
// loaded; a file that an engine would choke on after a minute is refused here within milliseconds.
import { hostFileSize, readHostFile } from '../process/host-file.ts';
import { Fault } from '../protocol/fault.ts';
import { parseGgufHeader } from './gguf-header.ts';
import type { GgufHeader } from './gguf-header.ts';
import { shapeOf } from './model-shape.ts';
import type { ModelShape } from './model-shape.ts';
import { tensorBytes } from './tensor-bytes.ts';

const FIRST_READ_BYTES = 1_048_576;
const HEADER_BYTES_MAX = 268_435_456;

export interface GgufModel extends ModelShape {
  readonly path: string;
  /** Of all shards together. */
  readonly fileBytes: number;
}

/** `path` of the file, or of the first of several shards. @throws Fault MODEL_FILE_MISSING, MODEL_FILE_TRUNCATED, MODEL_FILE_INVALID */
export async function readGguf(path: string): Promise<GgufModel> {
  const shards = await Promise.all(shardPaths(path).map(readShard));
  const { header } = shards[0]!;
  const tensors = shards.flatMap(({ header, size }) => tensorBytes(header, size));
  const fileBytes = shards.reduce((sum, { size }) => sum + size, 0);
  const shape = shapeOf(header.values, tensors);
  if (typeof shape === 'string') throw new Fault('MODEL_FILE_INVALID', { path, problem: shape });
  return { ...shape, path, fileBytes };
}

/** `model-00001-of-00003.gguf` stands for three files. */
export function shardPaths(path: string): string[] {
  const match = /^(.*)-(\d{5})-of-(\d{5})\.gguf$/.exec(path);
  if (match === null) return [path];
  const [, stem, , total] = match;
  return Array.from(
    { length: Number(total) },
    (_, index) => `${stem}-${String(index + 1).padStart(5, '0')}-of-${total}.gguf`,
  );
}

interface Shard {
  readonly header: GgufHeader;
  readonly size: number;
}

async function readShard(path: string): Promise<Shard> {
  const size = await hostFileSize(path);
  if (size === null) throw new Fault('MODEL_FILE_MISSING', { path });
  for (let length = FIRST_READ_BYTES; ; length *= 4) {
    const parse = parseGgufHeader(await readHostFile(path, Math.min(length, size)));
    if (parse.is === 'invalid') {
      throw new Fault('MODEL_FILE_INVALID', { path, problem: parse.problem });
    }
    if (parse.is === 'ok') {
      checkSize(path, parse.header, size);
      return { header: parse.header, size };
    }
    if (length >= size) {
      throw new Fault('MODEL_FILE_TRUNCATED', {
        path,
        size,
        expected: 'its header alone is longer',
      });
    }
    if (length > HEADER_BYTES_MAX) {
      const problem = `its header has more than ${HEADER_BYTES_MAX} bytes`;
      throw new Fault('MODEL_FILE_INVALID', { path, problem });
    }
  }
}

function checkSize(path: string, header: GgufHeader, size: number): void {
  const ends = tensorBytes(header, size).map(({ end }) => end);
  const expected = ends.reduce((a, b) => Math.max(a, b), header.dataStart);
  if (expected > size) {
    throw new Fault('MODEL_FILE_TRUNCATED', { path, size, expected: `${expected} are expected` });
  }
}
