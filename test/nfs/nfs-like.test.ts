// The file system of these tests does to its clients what NFS does: a test on it proves nothing otherwise.
import { readFile, readdir } from 'node:fs/promises';
import { readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { openSync, closeSync, linkSync, unlinkSync, existsSync } from 'node:fs';
import { afterAll, expect, it, describe } from 'vitest';
import { errnoOf } from '../../agents/protocol/errno.ts';
import { createDisk } from '../../agents/store/real-disk.ts';
import { eventually } from '../helpers/eventually.ts';
import { openServer } from './server.ts';
import type { Server } from './server.ts';

const found = await openServer();
const why = typeof found === 'string' ? ` (skipped: ${found})` : '';

describe.skipIf(why !== '')(`two clients${why}`, () => {
  const server = found as Server;
  afterAll(() => server.close());

  it('remember what they saw, each for itself', async () => {
    const knobs = { attr: 700, negative: 700, dir: 700 };
    const [a, b] = [await server.mount(knobs), await server.mount(knobs)];
    expect([existsSync(`${b}/x`), readdirSync(b)]).toEqual([false, []]);
    writeFileSync(`${a}/x`, 'one');
    expect([existsSync(`${a}/x`), readdirSync(a)]).toEqual([true, ['x']]);
    expect([existsSync(`${b}/x`), readdirSync(b)]).toEqual([false, []]);
    await eventually('b sees the name', () => existsSync(`${b}/x`));
    await eventually('b sees the entry', () => readdirSync(b).length === 1);
    writeFileSync(`${a}/x`, 'longer');
    expect(statSync(`${b}/x`).size).toBe(3);
    // Close-to-open: who opens it sees what is there.
    expect(readFileSync(`${b}/x`, 'utf8')).toBe('longer');
    unlinkSync(`${a}/x`);
    expect(readdirSync(b)).toEqual(['x']);
    expect(() => readFileSync(`${b}/x`)).toThrow('ENOENT');
    // A change of its own shows a client the rest of the directory.
    writeFileSync(`${a}/y`, '');
    writeFileSync(`${b}/z`, '');
    expect(readdirSync(b).toSorted()).toEqual(['y', 'z']);
  });

  it('are told that a rename and a link failed that succeeded', async () => {
    const liar = await server.mount({ lie: 1000 });
    writeFileSync(`${server.backing}/from`, '');
    expect(() => renameSync(`${liar}/from`, `${liar}/to`)).toThrow('ENOENT');
    expect(() => linkSync(`${liar}/to`, `${liar}/again`)).toThrow('EEXIST');
    expect(statSync(`${server.backing}/again`).ino).toBe(statSync(`${server.backing}/to`).ino);
    expect(statSync(`${liar}/again`).ino).toBe(statSync(`${liar}/to`).ino);
  });

  it('meet ESTALE', async () => {
    const stale = await server.mount({ stale: 1000 });
    const codeOf = async (look: () => Promise<unknown>): Promise<string | undefined> =>
      look().then(() => 'none', errnoOf);
    expect(await codeOf(() => readdir(stale))).toBe('ESTALE');
    expect(await codeOf(() => createDisk(stale, true).list(''))).toBe('ESTALE');
    writeFileSync(`${server.backing}/x`, 'one');
    expect(await codeOf(() => readFile(`${stale}/x`))).toBe('ESTALE');
  });

  it('meet it rarely enough that another look is the answer', async () => {
    const disk = createDisk(await server.mount({ stale: 30 }), true);
    await disk.mkdir('d');
    await disk.create('d/x', 'text', false);
    for (let n = 0; n < 200; n++) {
      expect(await disk.read('d/x', 10)).toBe('text');
      expect(await disk.list('d')).toEqual(['x']);
      expect(await disk.stat('d/x')).toMatchObject({ size: 4 });
    }
  });

  it('keep an open file that was removed as .nfs…', async () => {
    const client = await server.mount({ silly: true });
    writeFileSync(`${client}/open`, 'x');
    const fd = openSync(`${client}/open`, 'r');
    unlinkSync(`${client}/open`);
    const hidden = (): string[] => readdirSync(client).filter((name) => name.startsWith('.nfs'));
    expect(hidden()).toHaveLength(1);
    expect(readFileSync(fd, 'utf8')).toBe('x');
    closeSync(fd);
    await eventually('it is gone', () => hidden().length === 0);
  });
});
