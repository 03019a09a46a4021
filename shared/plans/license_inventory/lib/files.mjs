// Reading what strangers packed, and publishing what we found. Reads are bounded and never block: a
// package may hold a pipe called LICENSE or a picture called README. Writes are a temporary file and one
// rename, so a killed attempt leaves no half file and a retried one simply writes the same bytes again.
import { createHash, randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { basename, dirname, sep } from 'node:path';

export const TEXT_BYTES_MAX = 512 * 1024;
const BINARY_PROBE_BYTES = 8 * 1024;

export const sha256 = (text) => createHash('sha256').update(text).digest('hex');

// Plain code unit order: the same on every host, whatever its locale.
export const byCodeUnit = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

export const isInside = (path, folder) => path === folder || path.startsWith(folder + sep);

// The answer is `{ text, isCut }`, or `{ problem }` in words, or null when there is no such file. Links are
// followed only inside `home`, a real path, so that no package can have a private file of the host printed.
export function readText(path, home) {
  try {
    const real = fs.realpathSync(path);
    if (!isInside(real, home)) return { problem: 'not read: it lies outside of the package' };
    if (!fs.statSync(real).isFile()) return { problem: 'not a regular file' };
    return decode(readStart(real));
  } catch (error) {
    return error.code === 'ENOENT' ? null : { problem: `cannot be read (${error.code})` };
  }
}

function readStart(path) {
  const file = fs.openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(Math.min(fs.fstatSync(file).size, TEXT_BYTES_MAX) + 1);
    let length = 0;
    for (let read = 1; read > 0 && length < bytes.length; length += read) {
      read = fs.readSync(file, bytes, length, bytes.length - length, null);
    }
    return bytes.subarray(0, length);
  } finally {
    fs.closeSync(file);
  }
}

function decode(bytes) {
  const isCut = bytes.length > TEXT_BYTES_MAX;
  const kept = isCut ? bytes.subarray(0, TEXT_BYTES_MAX) : bytes;
  // Some Windows editors write UTF-16 with a byte order mark, whose zero bytes are not a sign of a binary.
  const isUtf16 = kept[0] === 0xff && kept[1] === 0xfe;
  if (!isUtf16 && kept.subarray(0, BINARY_PROBE_BYTES).includes(0)) {
    return { problem: 'a binary file' };
  }
  const text = kept.toString(isUtf16 ? 'utf16le' : 'utf8');
  return { text: text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n'), isCut };
}

export function writeAtomic(path, text) {
  fs.mkdirSync(dirname(path), { recursive: true });
  const temporary = `${dirname(path)}/.${basename(path).slice(0, 100)}.${randomUUID()}.tmp`;
  try {
    fs.writeFileSync(temporary, text, { flag: 'wx' });
    fs.renameSync(temporary, path);
  } catch (error) {
    fs.rmSync(temporary, { force: true });
    throw error;
  }
}

export const writeJson = (path, value) => writeAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
