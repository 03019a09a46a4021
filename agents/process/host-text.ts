// Files of the host for the worker of a prompt: what goes into it may lie anywhere, and what comes out
// appears complete or not at all.
import { mkdir, open, rename, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

export type HostText =
  | { readonly is: 'ok'; readonly text: string }
  | { readonly is: 'too_large'; readonly size: number }
  | { readonly is: 'missing'; readonly problem: string };

export async function readHostText(path: string, bytesMax: number): Promise<HostText> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > bytesMax) return { is: 'too_large', size };
      return { is: 'ok', text: await file.readFile('utf8') };
    } finally {
      await file.close();
    }
  } catch (error) {
    return { is: 'missing', problem: (error as Error).message };
  }
}

/** Its only reader waits until the writer has ended, and a torn file tells itself. */
export const writeHostText = (path: string, text: string): Promise<void> => writeFile(path, text);

/** The whole text, or its beginning and its end with a note between them. Null where there is no such file. */
export async function readHostExcerpt(path: string, bytesMax: number): Promise<string | null> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size <= bytesMax) return await file.readFile('utf8');
      const half = Math.floor(bytesMax / 2);
      const piece = async (position: number): Promise<string> => {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(half), 0, half, position);
        // A character that is cut in two is left out.
        return buffer.toString('utf8', 0, bytesRead).replaceAll('\uFFFD', '');
      };
      const [head, tail] = [await piece(0), await piece(size - half)];
      return `${head}\n[${size - 2 * half} bytes are left out here]\n${tail}`;
    } finally {
      await file.close();
    }
  } catch {
    return null;
  }
}

/** Makes the folder too. */
export async function replaceHostFile(path: string, text: string): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  await mkdir(dirname(path), { recursive: true });
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(text);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}
