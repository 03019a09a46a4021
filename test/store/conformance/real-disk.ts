// What only a real file system has: symbolic links, named pipes, and a directory on this host. The
// simulator makes none of them, so its disk need not know them.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { codeOf } from './code-of.ts';
import { freshDisk } from './disk.ts';
import type { OpenDisk } from './disk.ts';

export function describeRealDisk(name: string, open: () => Promise<OpenDisk>): void {
  describe(`${name}, links and pipes`, () => {
    const get = freshDisk(open);

    it('a symbolic link is refused, wherever it points', async () => {
      writeFileSync(get().absolute('file'), 'secret');
      symlinkSync('file', get().absolute('link'));
      symlinkSync('nowhere', get().absolute('dangling'));
      for (const path of ['link', 'dangling']) {
        expect(await codeOf(() => get().read(path, 100))).toBe('ELOOP');
        expect(await codeOf(() => get().readRange(path, 0, 100))).toBe('ELOOP');
        expect(await get().stat(path)).toMatchObject({ kind: 'other' });
      }
    });

    it('create does not write through a dangling link', async () => {
      symlinkSync('target', get().absolute('link'));
      expect(await codeOf(() => get().create('link', 'x', false))).toBe('EEXIST');
      expect(await get().list('')).toEqual(['link']);
    });

    it('unlink takes the link and leaves what it points to', async () => {
      mkdirSync(get().absolute('d'));
      symlinkSync('d', get().absolute('link'));
      await get().unlink('link');
      expect(await get().list('')).toEqual(['d']);
    });

    it('a pipe without a writer is refused and nobody waits for it', async () => {
      execFileSync('mkfifo', [get().absolute('pipe')]);
      expect(await codeOf(() => get().read('pipe', 100))).toBe('ELOOP');
      expect(await get().stat('pipe')).toMatchObject({ kind: 'other' });
    });

    it('absolute is where a child process finds the file', async () => {
      await get().mkdir('d');
      await get().create('d/a', 'here', false);
      expect(readFileSync(get().absolute('d/a'), 'utf8')).toBe('here');
      expect(get().absolute('d')).toBe(`${get().absolute('')}/d`);
    });

    it('a refused file leaves no descriptor behind', async () => {
      mkdirSync(get().absolute('d'));
      const open = (): number => readdirSync('/proc/self/fd').length;
      const before = open();
      for (let n = 0; n < 100; n++) await codeOf(() => get().read('d', 1));
      expect(open()).toBeLessThan(before + 50);
    });
  });
}
