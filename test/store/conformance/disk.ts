// What every Disk must do, in one suite: the in-memory disk of the simulator is worth as much as its
// likeness to the real one. A case that only a real file system can show is in real-disk.ts.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Disk } from '../../../agents/store/disk.ts';
import { eventually } from '../../helpers/eventually.ts';
import { codeOf } from './code-of.ts';
import { cuts } from './cuts.ts';

export interface OpenDisk {
  readonly disk: Disk;
  close(): Promise<void>;
}

type Open = () => Promise<OpenDisk>;
type Get = () => Disk;

/** An empty disk for each test. */
export function freshDisk(open: Open): Get {
  let opened: OpenDisk;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());
  return () => opened.disk;
}

/** The codes of calls that raced: one `no error`, and why each other one failed. */
const race = async (acts: readonly (() => Promise<unknown>)[]): Promise<string[]> =>
  (await Promise.all(acts.map(async (act) => String(await codeOf(act))))).toSorted();

const fact = async (disk: Disk, path: string) => (await disk.stat(path))!;

export function describeDisk(name: string, open: Open): void {
  describe(`${name} as a Disk`, () => {
    const get = freshDisk(open);
    reads(get);
    writes(get);
    cuts(get);
    names(get);
    directories(get);
    bells(get);
  });
}

const MEBIBYTE = 1_048_576;

function reads(get: Get): void {
  it('the whole file, and null when there is none', async () => {
    await get().create('a', 'one\n', false);
    expect(await get().read('a', 4)).toBe('one\n');
    expect(await get().read('b', 4)).toBeNull();
    expect(await get().read('no/such/directory', 4)).toBeNull();
    expect(await get().read('a/below', 4)).toBeNull();
  });

  it('EFBIG for one byte more than the limit, counted in bytes', async () => {
    await get().create('a', 'äö', false);
    expect(await codeOf(() => get().read('a', 3))).toBe('EFBIG');
    expect(await get().read('a', 4)).toBe('äö');
  });

  it('ELOOP for a directory: it is no regular file', async () => {
    await get().mkdir('d');
    expect(await codeOf(() => get().read('d', 4))).toBe('ELOOP');
    expect(await codeOf(() => get().readRange('d', 0, 4))).toBe('ELOOP');
  });

  it.each([
    { offset: 0, length: 3, expected: 'abc' },
    { offset: 3, length: 2, expected: 'de' },
    { offset: 4, length: 100, expected: 'ef' },
    { offset: 5, length: 1, expected: 'f' },
    { offset: 6, length: 1, expected: '' },
    { offset: 99, length: 1, expected: '' },
    { offset: 2, length: 0, expected: '' },
  ])('$length bytes from $offset: "$expected"', async ({ offset, length, expected }) => {
    await get().create('a', 'abcdef', false);
    expect(await get().readRange('a', offset, length)).toBe(expected);
  });

  it('a range counts bytes, and is null when there is no file', async () => {
    await get().create('a', 'aäb', false);
    expect(await get().readRange('a', 1, 2)).toBe('ä');
    expect(await get().readRange('a', 3, 1)).toBe('b');
    expect(await get().readRange('b', 0, 1)).toBeNull();
  });
}

function writes(get: Get): void {
  it.each([false, true])('create makes a file once; synced: %s', async (sync) => {
    await get().create('a', 'first', sync);
    expect(await codeOf(() => get().create('a', 'second', sync))).toBe('EEXIST');
    expect(await get().read('a', 100)).toBe('first');
    expect(await codeOf(() => get().create('none/a', '', sync))).toBe('ENOENT');
  });

  it('of two that create one file, one does', async () => {
    const acts = ['1', '2'].map((text) => () => get().create('a', text, false));
    expect(await race(acts)).toEqual(['EEXIST', 'no error']);
  });

  it('append makes the file and adds to its end', async () => {
    expect(await get().append('a', 'öne\n')).toBe(5);
    expect(await get().append('a', 'two\n')).toBe(9);
    expect(await get().read('a', 100)).toBe('öne\ntwo\n');
  });

  it('appends of several at once are whole', async () => {
    const lines = Array.from({ length: 20 }, (_, n) => String(n).padStart(2, '0').repeat(500));
    await Promise.all(lines.map((line) => get().append('a', `${line}\n`)));
    const text = await get().read('a', MEBIBYTE);
    expect(text?.split('\n').toSorted()).toEqual(['', ...lines]);
  });

  it('a mebibyte comes back as it was', async () => {
    const text = '0123456789abcde\n'.repeat(MEBIBYTE / 16);
    await get().create('a', text, true);
    expect(await fact(get(), 'a')).toMatchObject({ size: MEBIBYTE });
    expect((await get().read('a', MEBIBYTE)) === text).toBe(true);
    expect(await get().readRange('a', MEBIBYTE - 3, 9)).toBe('de\n');
  });

  it('keeps UTF-8 in names and contents', async () => {
    await get().mkdir('früh/雪');
    await get().create('früh/雪/🎻.json', '"señor 🎻"', false);
    expect(await get().list('früh/雪')).toEqual(['🎻.json']);
    expect(await get().read('früh/雪/🎻.json', 100)).toBe('"señor 🎻"');
  });
}

function names(get: Get): void {
  it('rename replaces its target silently, and keeps the inode', async () => {
    await get().create('a', 'new', false);
    await get().create('b', 'old', false);
    const { inode } = await fact(get(), 'a');
    await get().rename('a', 'b');
    expect(await get().list('')).toEqual(['b']);
    expect(await get().read('b', 100)).toBe('new');
    expect(await fact(get(), 'b')).toMatchObject({ inode });
  });

  it('rename says ENOENT without a source, and without a place to go', async () => {
    await get().create('a', '', false);
    expect(await codeOf(() => get().rename('b', 'c'))).toBe('ENOENT');
    expect(await codeOf(() => get().rename('a', 'none/a'))).toBe('ENOENT');
    expect(await get().list('')).toEqual(['a']);
  });

  it('of two that rename one file, one does', async () => {
    await get().create('a', '', false);
    expect(await race(['b', 'c'].map((to) => () => get().rename('a', to)))).toEqual([
      'ENOENT',
      'no error',
    ]);
  });

  it('rename takes a directory with all that is in it, onto nothing that is full', async () => {
    await get().mkdir('from/deep');
    await get().create('from/deep/a', 'here', false);
    await get().rename('from', 'to');
    expect(await get().read('to/deep/a', 100)).toBe('here');
    expect(await get().stat('from')).toBeNull();
    await get().mkdir('other');
    expect(await codeOf(() => get().rename('other', 'to'))).toBe('ENOTEMPTY');
  });

  it('link gives a second name to the same file', async () => {
    await get().create('a', 'x', false);
    await get().link('a', 'b');
    const { inode, links } = await fact(get(), 'a');
    expect(links).toBe(2);
    expect(await fact(get(), 'b')).toMatchObject({ inode, links: 2 });
    await get().unlink('a');
    expect(await fact(get(), 'b')).toMatchObject({ inode, links: 1 });
    expect(await codeOf(() => get().link('a', 'c'))).toBe('ENOENT');
  });

  it('of two that link one name, one does', async () => {
    await get().create('a', 'a', false);
    await get().create('b', 'b', false);
    const acts = ['a', 'b'].map((from) => () => get().link(from, 'c'));
    expect(await race(acts)).toEqual(['EEXIST', 'no error']);
  });

  it('unlink removes a name, and nothing is fine', async () => {
    await get().create('a', '', false);
    await get().unlink('a');
    await get().unlink('a');
    await get().unlink('no/such/directory');
    expect(await get().list('')).toEqual([]);
  });
}

function directories(get: Get): void {
  it('mkdir makes the parents too, as often as one likes', async () => {
    await get().mkdir('a/b/c');
    await get().mkdir('a/b/c');
    expect(await get().list('a/b')).toEqual(['c']);
  });

  it('mkdir does not take the place of a file', async () => {
    await get().create('a', '', false);
    expect(await codeOf(() => get().mkdir('a'))).toBe('EEXIST');
    expect(await codeOf(() => get().mkdir('a/b'))).toBe('ENOTDIR');
  });

  it('list answers the names of now, and null when there is no directory', async () => {
    await get().mkdir('d');
    expect(await get().list('d')).toEqual([]);
    for (const name of ['b', '.hidden', 'a']) await get().create(`d/${name}`, '', false);
    expect((await get().list('d'))?.toSorted()).toEqual(['.hidden', 'a', 'b']);
    await get().unlink('d/b');
    expect((await get().list('d'))?.toSorted()).toEqual(['.hidden', 'a']);
    expect(await get().list('none')).toBeNull();
    expect(await get().list('d/a')).toBeNull();
  });

  it('stat tells a file from a directory from nothing', async () => {
    await get().mkdir('d');
    await get().create('d/a', 'äb', false);
    expect(await fact(get(), 'd')).toMatchObject({ kind: 'directory' });
    expect(await fact(get(), 'd/a')).toMatchObject({ kind: 'file', size: 3, links: 1 });
    expect(await get().stat('d/b')).toBeNull();
    expect(await get().stat('d/a/below')).toBeNull();
  });

  it('two files have two inodes', async () => {
    await get().create('a', '', false);
    await get().create('b', '', false);
    expect((await fact(get(), 'a')).inode).not.toBe((await fact(get(), 'b')).inode);
  });

  it('syncDirectory takes a directory, and needs one', async () => {
    await get().mkdir('d');
    await get().syncDirectory('d');
    expect(await codeOf(() => get().syncDirectory('none'))).toBe('ENOENT');
  });
}

function bells(get: Get): void {
  it('touch makes an empty file and keeps what is in one', async () => {
    await get().touch('bell');
    expect(await get().read('bell', 100)).toBe('');
    await get().append('bell', 'x');
    await get().touch('bell');
    expect(await get().read('bell', 100)).toBe('x');
    expect(await codeOf(() => get().touch('none/bell'))).toBe('ENOENT');
  });

  it('touch moves the time on', async () => {
    await get().touch('bell');
    const { modifiedMs } = await fact(get(), 'bell');
    const isLater = await eventually('a later time on the bell', async () => {
      await get().touch('bell');
      return (await fact(get(), 'bell')).modifiedMs > modifiedMs;
    });
    expect(isLater).toBe(true);
  });

  it.each(['..', '../a', 'a/../b', 'a/..', '/', '/etc/passwd'])('refuses %s', async (path) => {
    await get().create('a', '', false);
    const disk = get();
    const acts: readonly (() => Promise<unknown> | string)[] = [
      () => disk.read(path, 1),
      () => disk.readRange(path, 0, 1),
      () => disk.create(path, '', false),
      () => disk.append(path, ''),
      () => disk.rename(path, 'z'),
      () => disk.rename('a', path),
      () => disk.link(path, 'z'),
      () => disk.link('a', path),
      () => disk.unlink(path),
      () => disk.truncate(path, 0),
      () => disk.excise(path, { headBytes: 0, tailBytes: 0, note: () => '' }),
      () => disk.mkdir(path),
      () => disk.list(path),
      () => disk.stat(path),
      () => disk.syncDirectory(path),
      () => disk.touch(path),
      () => disk.absolute(path),
    ];
    const codes = await Promise.all(acts.map((act) => codeOf(async () => act())));
    expect(codes).toEqual(acts.map(() => 'EINVAL'));
    expect(await disk.list('')).toEqual(['a']);
  });
}
