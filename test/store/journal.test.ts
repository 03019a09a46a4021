import { describe, expect, it } from 'vitest';
import { openJournal } from '../../agents/store/journal.ts';
import type { Journal } from '../../agents/store/journal.ts';
import { linesOf, namesIn, textOf } from '../helpers/tree.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const path = 'logs/j';
const at = (suffix = ''): string => `${stage().root}/${path}${suffix}`;
const open = (bytesMax = 1_000, filesMax = 3): Journal =>
  openJournal(stage().disk, path, { bytesMax, filesMax });
/** `{"n":1}` and its newline. */
const RECORD_BYTES = 8;

async function appendEach(journal: Journal, from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) await journal.append([{ n }]);
}

describe('a journal', () => {
  it('appends in order, all records of a call in one write', async () => {
    const { disk } = stage();
    const writes: string[] = [];
    const append = (file: string, text: string) => {
      writes.push(text);
      return disk.append(file, text);
    };
    const journal = openJournal({ ...disk, append }, path, { bytesMax: 1_000, filesMax: 3 });
    await journal.append([{ n: 1 }, { n: 2 }]);
    await journal.append([]);
    await journal.append([{ n: 3 }]);
    expect(writes).toEqual(['{"n":1}\n{"n":2}\n', '{"n":3}\n']);
    expect(linesOf(at())).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  it.each(['{"n":', '{"n":"é', '{"n":1}'])('ends the torn last line %s first', async (torn) => {
    await stage().disk.create(path, `{"n":0}\n${torn}`, false);
    await open().append([{ n: 2 }]);
    expect(textOf(at())).toBe(`{"n":0}\n${torn}\n{"n":2}\n`);
  });

  it('goes on where another writer ended, and in an empty file', async () => {
    await stage().disk.create(path, '', false);
    await appendEach(open(), 1, 1);
    await appendEach(open(), 2, 2);
    expect(textOf(at())).toBe('{"n":1}\n{"n":2}\n');
  });

  it('writes a line again that joined what another writer had torn, and no other line', async () => {
    const { disk } = stage();
    const mine = open();
    await appendEach(mine, 1, 1);
    await disk.append(path, '{"other":"ha');
    await mine.append([{ n: 2 }, { n: 3 }]);
    await disk.append(path, '{"other":"whole"}\n');
    await appendEach(mine, 4, 5);
    expect(textOf(at())?.split('\n')).toEqual([
      '{"n":1}',
      '{"other":"ha{"n":2}',
      '{"n":3}',
      '{"n":2}',
      '{"other":"whole"}',
      '{"n":4}',
      '{"n":5}',
      '',
    ]);
  });

  it('does not take the file that another writer rotated away for a torn one', async () => {
    const { disk } = stage();
    const mine = open();
    await appendEach(mine, 1, 2);
    await disk.rename(path, `${path}.1`);
    await appendEach(mine, 3, 4);
    expect(linesOf(at())).toEqual([{ n: 3 }, { n: 4 }]);
  });

  it('rotates to .1, .2 and no further', async () => {
    await appendEach(open(2 * RECORD_BYTES, 2), 1, 9);
    expect(namesIn(`${stage().root}/logs`)).toEqual(['j', 'j.1', 'j.2']);
    expect([at(), at('.1'), at('.2')].map(linesOf)).toEqual([
      [{ n: 9 }],
      [{ n: 7 }, { n: 8 }],
      [{ n: 5 }, { n: 6 }],
    ]);
  });

  it('loses nothing of what is appended at once', async () => {
    const journal = open(2 * RECORD_BYTES);
    await appendEach(journal, 1, 2);
    await Promise.all([3, 4].map((n) => journal.append([{ n }])));
    expect([...linesOf(at('.1')), ...linesOf(at())]).toEqual([1, 2, 3, 4].map((n) => ({ n })));
  });

  it('counts what a writer before it wrote', async () => {
    await appendEach(open(2 * RECORD_BYTES), 1, 2);
    await appendEach(open(2 * RECORD_BYTES), 3, 3);
    expect([at(), at('.1')].map(linesOf)).toEqual([[{ n: 3 }], [{ n: 1 }, { n: 2 }]]);
  });

  it('counts the torn line that it ended', async () => {
    const torn = 'x'.repeat(2 * RECORD_BYTES);
    await stage().disk.create(path, torn, false);
    await appendEach(open(2 * RECORD_BYTES), 1, 1);
    expect(textOf(at('.1'))).toBe(`${torn}\n`);
    expect(linesOf(at())).toEqual([{ n: 1 }]);
  });

  it('writes a record larger than the limit whole, into a file of its own', async () => {
    const journal = open(2 * RECORD_BYTES);
    const large = { text: 'x'.repeat(100) };
    await journal.append([large]);
    expect(namesIn(`${stage().root}/logs`)).toEqual(['j']);
    await journal.append([{ n: 1 }]);
    expect([at(), at('.1')].map(linesOf)).toEqual([[{ n: 1 }], [large]]);
  });

  it('never rotates with filesMax 0', async () => {
    await appendEach(open(RECORD_BYTES, 0), 1, 5);
    expect(namesIn(`${stage().root}/logs`)).toEqual(['j']);
    expect(linesOf(at())).toHaveLength(5);
  });

  it('with filesMax 1 keeps one old file', async () => {
    await appendEach(open(RECORD_BYTES, 1), 1, 3);
    expect(namesIn(`${stage().root}/logs`)).toEqual(['j', 'j.1']);
    expect([at(), at('.1')].map(linesOf)).toEqual([[{ n: 3 }], [{ n: 2 }]]);
  });
});
