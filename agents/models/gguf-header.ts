// The header of a GGUF file, out of its first bytes. Only what an estimate needs is kept: of arrays of text (a
// vocabulary has 128,000 entries) no more than their length. The format is docs/gguf.md of ggml. Pure.

export type GgufValue =
  number | string | boolean | readonly (number | boolean)[] | { readonly length: number };

export interface GgufTensor {
  readonly name: string;
  readonly elements: number;
  readonly type: number;
  /** From the start of the data. */
  readonly offset: number;
}

export interface GgufHeader {
  readonly values: ReadonlyMap<string, GgufValue>;
  readonly tensors: readonly GgufTensor[];
  /** Where the data begin, in bytes. */
  readonly dataStart: number;
}

export type GgufParse =
  | { readonly is: 'ok'; readonly header: GgufHeader }
  /** The header goes on behind the end of `bytes`. */
  | { readonly is: 'short' }
  | { readonly is: 'invalid'; readonly problem: string };

const MAGIC = 'GGUF';
const ALIGNMENT = 32;
const TEXT = 8;
const ARRAY = 9;
/** More of anything than any model has: a damaged count, which would be read for ever. */
const COUNT_MAX = 10_000_000;
/** Arrays that are kept: per-layer values, not vocabularies. */
const KEPT_MAX = 4096;

class Short extends Error {}
class Invalid extends Error {}

export function parseGgufHeader(bytes: Buffer): GgufParse {
  try {
    return { is: 'ok', header: read(new Cursor(bytes)) };
  } catch (error) {
    if (error instanceof Short) return { is: 'short' };
    if (error instanceof Invalid) return { is: 'invalid', problem: error.message };
    throw error;
  }
}

function read(cursor: Cursor): GgufHeader {
  const magic = cursor.take(4).toString('latin1');
  if (magic !== MAGIC)
    throw new Invalid(`it begins with ${JSON.stringify(magic)}, not with "GGUF"`);
  const version = cursor.u32();
  if (version !== 2 && version !== 3) {
    throw new Invalid(`version ${version} of the format is unknown, expected 2 or 3`);
  }
  const tensorCount = cursor.count();
  const valueCount = cursor.count();
  const values = new Map<string, GgufValue>();
  for (let n = 0; n < valueCount; n++) {
    const key = cursor.text();
    values.set(key, cursor.value(cursor.u32()));
  }
  const tensors: GgufTensor[] = [];
  for (let n = 0; n < tensorCount; n++) tensors.push(readTensor(cursor));
  const stated = values.get('general.alignment');
  const alignment = typeof stated === 'number' && stated > 0 ? stated : ALIGNMENT;
  return { values, tensors, dataStart: Math.ceil(cursor.at / alignment) * alignment };
}

function readTensor(cursor: Cursor): GgufTensor {
  const name = cursor.text();
  const dimensions = cursor.u32();
  if (dimensions > 8) throw new Invalid(`tensor ${name} has ${dimensions} dimensions`);
  let elements = 1;
  for (let n = 0; n < dimensions; n++) elements *= cursor.u64();
  return { name, elements, type: cursor.u32(), offset: cursor.u64() };
}

class Cursor {
  at = 0;
  private readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  take(length: number): Buffer {
    if (this.at + length > this.bytes.length) throw new Short();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  u32(): number {
    return this.take(4).readUInt32LE();
  }

  u64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  count(): number {
    const count = this.u64();
    if (count > COUNT_MAX) throw new Invalid(`a count of ${count} is no count`);
    return count;
  }

  text(): string {
    return this.take(this.count()).toString('utf8');
  }

  value(type: number): GgufValue {
    if (type === TEXT) return this.text();
    if (type === ARRAY) return this.array(this.u32(), this.count());
    return this.scalar(type);
  }

  private array(type: number, length: number): GgufValue {
    if (type === TEXT) {
      for (let n = 0; n < length; n++) this.take(this.count());
      return { length };
    }
    if (type === ARRAY) throw new Invalid('an array of arrays');
    if (length > KEPT_MAX) {
      const before = this.at;
      if (length > 0) this.scalar(type);
      this.take((length - 1) * (this.at - before));
      return { length };
    }
    return Array.from({ length }, () => this.scalar(type));
  }

  private scalar(type: number): number | boolean {
    switch (type) {
      case 0:
        return this.take(1).readUInt8();
      case 1:
        return this.take(1).readInt8();
      case 2:
        return this.take(2).readUInt16LE();
      case 3:
        return this.take(2).readInt16LE();
      case 4:
        return this.u32();
      case 5:
        return this.take(4).readInt32LE();
      case 6:
        return this.take(4).readFloatLE();
      case 7:
        return this.take(1).readUInt8() !== 0;
      case 10:
        return this.u64();
      case 11:
        return Number(this.take(8).readBigInt64LE());
      case 12:
        return this.take(8).readDoubleLE();
      default:
        throw new Invalid(`a value of the unknown type ${type}`);
    }
  }
}
