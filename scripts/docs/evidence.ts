// Reads the records that docs/RELIABILITY.md is made of.
import { readFile } from 'node:fs/promises';
import { errnoOf } from '../../agents/protocol/errno.ts';
import type { Evidence } from './reliability.ts';

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** `folder`: docs/reliability of the project. */
export async function readEvidence(folder: string): Promise<Evidence> {
  const read = (source: keyof Evidence): Promise<string | null> =>
    readIfThere(`${folder}/${source}.json`);
  return {
    tests: await read('tests'),
    crash: await read('crash'),
    soak: await read('soak'),
    sim: await read('sim'),
  };
}
