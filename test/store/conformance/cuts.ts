// What shortens a file: rotation of a log, and the limit on what a command may print.
import { expect, it } from 'vitest';
import type { Disk } from '../../../agents/store/disk.ts';
import { codeOf } from './code-of.ts';

export function cuts(get: () => Disk): void {
  it('truncate cuts to a number of bytes', async () => {
    await get().create('a', 'aäb', false);
    await get().truncate('a', 3);
    expect(await get().read('a', 100)).toBe('aä');
    expect(await codeOf(() => get().truncate('b', 0))).toBe('ENOENT');
  });

  it('excise leaves the head, a note and the end', async () => {
    const cut = { headBytes: 3, tailBytes: 2, note: (bytes: number) => `<${bytes}>` };
    await get().create('a', 'aä0123456789yz', false);
    expect(await get().excise('a', cut)).toBe(10);
    expect(await get().read('a', 100)).toBe('aä<10>yz');
    expect(await get().excise('a', cut)).toBe(4);
    expect(await get().read('a', 100)).toBe('aä<4>yz');
    expect(await get().excise('a', cut)).toBe(0);
    expect(await get().read('a', 100)).toBe('aä<4>yz');
    expect(await codeOf(() => get().excise('b', cut))).toBe('ENOENT');
  });
}
