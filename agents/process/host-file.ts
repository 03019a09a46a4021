// Files of the host that are not below `shared/`, such as model files: read only, in pieces.
import { open, stat } from 'node:fs/promises';

/** In bytes; null when there is no such regular file. */
export async function hostFileSize(absolutePath: string): Promise<number | null> {
  try {
    const found = await stat(absolutePath);
    return found.isFile() ? found.size : null;
  } catch {
    return null;
  }
}

/** Up to `length` bytes from the start; less where the file ends. */
export async function readHostFile(absolutePath: string, length: number): Promise<Buffer> {
  const file = await open(absolutePath, 'r');
  try {
    const buffer = Buffer.alloc(length);
    const { bytesRead } = await file.read(buffer, 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
