// Publishing and moving on a disk that lies, as network mounts do.
import { describe, expect, it } from 'vitest';
import { QUEUE, STAGING } from '../../agents/protocol/layout.ts';
import {
  listFresh,
  move,
  publish,
  publishOnce,
  publishVolatile,
} from '../../agents/store/store.ts';
import { namesIn, textOf } from '../helpers/tree.ts';
import { codeOf } from './conformance/code-of.ts';
import { failing, setStage, witness } from './stage.ts';

const stage = setStage();
const at = (path: string): string => `${stage().root}/${path}`;
const text = (path: string): string | null => textOf(at(path));
/** Nothing half-written stays behind. */
const expectTidy = (): void => expect(namesIn(at(`${STAGING}/boot`))).toEqual([]);

describe('publish', () => {
  it('creates, then replaces', async () => {
    const { store } = stage();
    await publish(store, `${QUEUE}/a`, 'one');
    await publish(store, `${QUEUE}/a`, 'two');
    expect(text(`${QUEUE}/a`)).toBe('two');
    expectTidy();
  });

  it('of two at once leaves one of them, whole', async () => {
    const texts = ['1', '2'].map((one) => one.repeat(100_000));
    await Promise.all(texts.map((one) => publish(stage().storeOver({}), `${QUEUE}/a`, one)));
    expect(texts).toContain(text(`${QUEUE}/a`));
    expectTidy();
  });

  it.each(['ENOSPC', 'EIO'])('throws %s, keeps the old file and leaves nothing', async (code) => {
    const { store, storeOver } = stage();
    await publish(store, `${QUEUE}/a`, 'old');
    const full = storeOver({ rename: () => failing(code) });
    expect(await codeOf(() => publish(full, `${QUEUE}/a`, 'new'))).toBe(code);
    expect(text(`${QUEUE}/a`)).toBe('old');
    expectTidy();
  });

  it.each(['ENOENT', 'ESTALE', 'EIO'])('is done when rename did it and says %s', async (code) => {
    const { disk, storeOver } = stage();
    const rename = (from: string, to: string) => failing(code, () => disk.rename(from, to));
    await publish(storeOver({ rename }), `${QUEUE}/a`, 'mine');
    expect(text(`${QUEUE}/a`)).toBe('mine');
    expectTidy();
  });

  it('leaves nothing when rename failed and the same text was there before', async () => {
    const { store, storeOver } = stage();
    await publish(store, `${QUEUE}/a`, 'same');
    await publish(storeOver({ rename: () => failing('EIO') }), `${QUEUE}/a`, 'same');
    expect(text(`${QUEUE}/a`)).toBe('same');
    expectTidy();
  });

  it('syncs the file, renames it, and syncs the directory; volatile files are not synced', async () => {
    const { disk, storeOver } = stage();
    const seen: string[] = [];
    const store = storeOver(witness(disk, seen), true);
    await publish(store, `${QUEUE}/a`, 'x');
    expect(seen).toEqual(['create synced', `rename to ${QUEUE}/a`, `sync ${QUEUE}`]);
    seen.length = 0;
    await publishVolatile(store, `${QUEUE}/a`, 'x');
    expect(seen).toEqual(['create', `rename to ${QUEUE}/a`]);
  });
});

describe('publishOnce', () => {
  it('of two at once answers true to one, whose text it is', async () => {
    const texts = ['one', 'two', 'three'];
    const mine = await Promise.all(
      texts.map((one) => publishOnce(stage().storeOver({}), `${QUEUE}/a`, one)),
    );
    expect(mine.filter(Boolean)).toEqual([true]);
    expect(text(`${QUEUE}/a`)).toBe(texts[mine.indexOf(true)]);
    expectTidy();
  });

  it('is true when link says EEXIST although it made the name', async () => {
    const { disk, storeOver } = stage();
    const lying = storeOver({ link: (from, to) => failing('EEXIST', () => disk.link(from, to)) });
    expect(await publishOnce(lying, `${QUEUE}/a`, 'mine')).toBe(true);
    expect(await publishOnce(lying, `${QUEUE}/a`, 'again')).toBe(false);
    expect(text(`${QUEUE}/a`)).toBe('mine');
    expectTidy();
  });

  it('throws when there is no name and no link', async () => {
    const broken = stage().storeOver({ link: () => failing('ENOSPC') });
    expect(await codeOf(() => publishOnce(broken, `${QUEUE}/a`, 'x'))).toBe('ENOSPC');
    expect(text(`${QUEUE}/a`)).toBeNull();
    expectTidy();
  });

  it('syncs before it links, and the directory after', async () => {
    const { disk, storeOver } = stage();
    const seen: string[] = [];
    await publishOnce(storeOver(witness(disk, seen), true), `${QUEUE}/a`, 'x');
    expect(seen).toEqual(['create synced', `link ${QUEUE}/a`, `sync ${QUEUE}`]);
  });
});

describe('move', () => {
  it('of two that move one file answers gone to one', async () => {
    const { store } = stage();
    await publish(store, 'a', 'x');
    const moves = await Promise.all(['b', 'c'].map((to) => move(store, 'a', to)));
    expect(moves.toSorted()).toEqual(['gone', 'moved']);
  });

  it.each(['ENOENT', 'ESTALE', 'EIO'])('is moved when rename did it and says %s', async (code) => {
    const { disk, store, storeOver } = stage();
    await publish(store, 'a', 'x');
    const rename = (from: string, to: string) => failing(code, () => disk.rename(from, to));
    expect(await move(storeOver({ rename }), 'a', 'b')).toBe('moved');
    expect([text('a'), text('b')]).toEqual([null, 'x']);
  });

  it.each(['ENOENT', 'ESTALE'])('is gone when rename says %s and nothing arrived', async (code) => {
    expect(await move(stage().storeOver({ rename: () => failing(code) }), 'a', 'b')).toBe('gone');
  });

  it.each(['ENOSPC', 'EDQUOT', 'EIO', 'EACCES'])('throws %s: the file is there', async (code) => {
    const { store, storeOver } = stage();
    await publish(store, 'a', 'x');
    const broken = storeOver({ rename: () => failing(code) });
    expect(await codeOf(() => move(broken, 'a', 'b'))).toBe(code);
    expect([text('a'), text('b')]).toEqual(['x', null]);
  });

  it('syncs where it went to, which makes the rename durable as a whole', async () => {
    const { disk, storeOver } = stage();
    const seen: string[] = [];
    const store = storeOver(witness(disk, seen), true);
    await disk.create(`${QUEUE}/a`, '', false);
    await move(store, `${QUEUE}/a`, `${QUEUE}/b`);
    await move(store, `${QUEUE}/b`, 'tasks/processing/b');
    expect(seen.filter((line) => line.startsWith('sync'))).toEqual([
      `sync ${QUEUE}`,
      'sync tasks/processing',
    ]);
  });
});

describe('listFresh', () => {
  it('changes the directory before it looks, and leaves nothing', async () => {
    const { disk, storeOver } = stage();
    await disk.create(`${QUEUE}/a`, '', false);
    const probes: string[] = [];
    const create = (path: string, body: string, sync: boolean) => {
      probes.push(path);
      return disk.create(path, body, sync);
    };
    expect(await listFresh(storeOver({ create }), QUEUE)).toEqual(['a']);
    expect(probes).toHaveLength(1);
    expect(probes[0]).toMatch(/^tasks\/queue\/\.fresh-/);
    expect(namesIn(at(QUEUE))).toEqual(['a']);
  });

  it('leaves nothing when the list fails, and is empty without a directory', async () => {
    const { store, storeOver } = stage();
    expect(await listFresh(store, 'none')).toEqual([]);
    const broken = storeOver({ create: () => failing('ENOSPC') });
    expect(await codeOf(() => listFresh(broken, QUEUE))).toBe('ENOSPC');
    expect(namesIn(at(QUEUE))).toEqual([]);
  });
});
