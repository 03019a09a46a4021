// Everything that is read for one prompt counts against one limit, so that a wrong path cannot fill the memory of
// the host.
import { resolve } from 'node:path';
import { readHostText } from '../process/host-text.ts';
import { Fault } from '../protocol/fault.ts';
import type { PromptRequest } from '../protocol/prompt.ts';

/** Reads texts until the limit is used up. @throws Fault PROMPT_INPUT */
export interface Reader {
  read(path: string): Promise<string>;
  /** Counts what was read elsewhere. */
  take(text: string, what: string): string;
}

export function openReader({ batch_path: base, input_bytes_max: bytesMax }: PromptRequest): Reader {
  let left = bytesMax;
  const refuse = (path: string, problem: string): Fault =>
    new Fault('PROMPT_INPUT', { path, problem });
  const take = (text: string, what: string): string => {
    left -= Buffer.byteLength(text);
    if (left >= 0) return text;
    throw refuse(what, `the prompt has more than ${bytesMax} bytes with it (task.promptBytesMax)`);
  };
  return {
    take,
    async read(path) {
      const found = await readHostText(resolve(base, path), bytesMax);
      if (found.is === 'missing') throw refuse(path, found.problem);
      if (found.is === 'ok') return take(found.text, path);
      throw refuse(
        path,
        `it has ${found.size} bytes, and a prompt ${bytesMax} at most (task.promptBytesMax)`,
      );
    },
  };
}
