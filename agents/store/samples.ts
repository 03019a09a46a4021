// The samples of an agent, and those of all agents, read file by file from the oldest on, while they may be written
// and rotated.
import type { AgentKind } from '../protocol/layout.ts';
import { sampleSchema, samplesPath } from '../protocol/samples.ts';
import type { Sample, SamplesConfig } from '../protocol/samples.ts';
import { readAttempt } from './attempts.ts';
import type { Disk } from './disk.ts';
import { openJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import type { AgentPlace } from './model-servers.ts';
import { parseRecord } from './records.ts';
import type { Store } from './store.ts';
import { tail } from './tail.ts';

const KINDS: readonly AgentKind[] = ['gpu', 'cpu'];
const ROUNDS_MAX = 3;

/** Of one agent, which alone writes it. */
export const openSamples = (
  disk: Disk,
  { kind, name }: AgentPlace,
  { fileBytesMax, filesMax }: Pick<SamplesConfig, 'fileBytesMax' | 'filesMax'>,
): Journal => openJournal(disk, samplesPath(kind, name), { bytesMax: fileBytesMax, filesMax });

/** `bad` is a line that is no sample: torn by the death of its agent, or changed by somebody. */
export type SampleLine =
  | { readonly is: 'sample'; readonly sample: Sample }
  | { readonly is: 'bad'; readonly path: string; readonly problem: string };

/** Each attempt once. */
export async function* readSamples(disk: Disk): AsyncGenerator<SampleLine> {
  for (const kind of KINDS) {
    for (const agent of ((await disk.list(`${kind}s`)) ?? []).toSorted()) {
      yield* samplesOf(disk, `${kind}s/${agent}`, samplesPath(kind, agent));
    }
  }
}

async function* samplesOf(disk: Disk, folder: string, path: string): AsyncGenerator<SampleLine> {
  const seen = new Set<string>();
  // A rotation in the middle moves a file past the reader: then all are read again.
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const newest = (await disk.stat(`${path}.1`))?.inode;
    for (const file of await filesOf(disk, folder, path)) {
      for await (const line of linesOf(disk, file)) {
        const read = parseRecord(line, sampleSchema);
        if (read.is === 'ok') {
          if (seen.has(read.value.id)) continue;
          seen.add(read.value.id);
          yield { is: 'sample', sample: read.value };
        } else if (round === 0 && read.is === 'damaged') {
          yield { is: 'bad', path: file, problem: read.problem };
        }
      }
    }
    if ((await disk.stat(`${path}.1`))?.inode === newest) return;
  }
}

/** The oldest first. */
async function filesOf(disk: Disk, folder: string, path: string): Promise<string[]> {
  const stem = `${path.slice(folder.length + 1)}.`;
  const numbers = ((await disk.list(folder)) ?? [])
    .filter((name) => name.startsWith(stem))
    .map((name) => Number(name.slice(stem.length)))
    .filter((number) => number > 0)
    .toSorted((a, b) => b - a);
  return [...numbers.map((number) => `${path}.${number}`), path];
}

/** With what became of it since: an output that was to be rated, as far as its record is still there. */
export async function settled(store: Store, sample: Sample): Promise<Sample> {
  if (sample.outcome !== 'unrated') return sample;
  const { plan, batch, task, attempt } = sample;
  const read = await readAttempt(store, plan, batch, task, attempt);
  if (read.is !== 'ok') return sample;
  const { outcome, rating } = read.value;
  if (rating === undefined) return { ...sample, outcome };
  const { rating: points, feedback, model } = rating;
  return { ...sample, outcome, rating: { rating: points, feedback, model } };
}

async function* linesOf(disk: Disk, path: string): AsyncGenerator<string> {
  const parts: Buffer[] = [];
  for await (const chunk of tail(disk, path, { offset: 0, more: () => Promise.resolve(false) })) {
    let from = 0;
    for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', from)) {
      parts.push(chunk.subarray(from, end));
      from = end + 1;
      const line = Buffer.concat(parts.splice(0)).toString('utf8');
      if (line !== '') yield line;
    }
    parts.push(chunk.subarray(from));
  }
  // Without its end it is still being written, or never will be: the next look tells.
}
