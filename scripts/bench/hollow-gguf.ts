// A GGUF file of a header alone: enough for an agent that reads the header before it starts a server, and for a
// server that only pretends.
import { writeFile } from 'node:fs/promises';

const VERSION = 3;
/** Where the data would begin. */
const ALIGNMENT = 32;
const TYPE_U32 = 4;
const TYPE_STRING = 8;

const u32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32LE(value);
  return buffer;
};
const u64 = (value: number): Buffer => Buffer.concat([u32(value), u32(0)]);
const text = (value: string): Buffer => Buffer.concat([u64(value.length), Buffer.from(value)]);

const VALUES: Readonly<Record<string, string | number>> = {
  'general.architecture': 'llama',
  'llama.block_count': 1,
  'llama.context_length': 8192,
  'llama.embedding_length': 64,
  'llama.attention.head_count': 1,
};

export async function writeHollowGguf(path: string): Promise<void> {
  const pairs = Object.entries(VALUES).map(([key, value]) => {
    const typed =
      typeof value === 'number' ? [u32(TYPE_U32), u32(value)] : [u32(TYPE_STRING), text(value)];
    return Buffer.concat([text(key), ...typed]);
  });
  const head = [Buffer.from('GGUF'), u32(VERSION), u64(0), u64(pairs.length)];
  const header = Buffer.concat([...head, ...pairs]);
  const padding = Buffer.alloc((ALIGNMENT - (header.length % ALIGNMENT)) % ALIGNMENT);
  await writeFile(path, Buffer.concat([header, padding]));
}
