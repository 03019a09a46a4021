import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { acquireLease } from '../../agents/store/lease.ts';
import type { Lease, LeaseOptions } from '../../agents/store/lease.ts';
import { eventually } from '../helpers/eventually.ts';
import { namesIn } from '../helpers/tree.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const leases: Lease[] = [];
// The stage is swept afterwards, and a lease whose lock vanishes is lost.
afterEach(() => Promise.all(leases.splice(0).map((lease) => lease.release())));

const never = (): never => {
  throw new Error('lost');
};

async function acquire(changes: Partial<LeaseOptions> = {}): Promise<Lease | null> {
  const lease = await acquireLease({
    disk: stage().disk,
    path: 'brain/lease',
    subject: 'brain',
    // Longer than any test takes: nothing goes stale here.
    leaseMs: 600_000,
    isHolderDead: () => false,
    onLost: never,
    ...changes,
  });
  if (lease !== null) leases.push(lease);
  return lease;
}

describe('the lease', () => {
  it('is held by one', async () => {
    expect(await acquire()).not.toBeNull();
    expect(await acquire()).toBeNull();
    expect(namesIn(`${stage().root}/brain`)).toContain('lease');
  });

  it('of two that ask at once goes to one', async () => {
    const got = await Promise.all([acquire(), acquire()]);
    expect(got.filter((lease) => lease !== null)).toHaveLength(1);
  });

  it('is free again once it is released', async () => {
    const first = await acquire();
    await first?.release();
    expect(await acquire()).not.toBeNull();
  });

  it('is taken from a dead holder without a wait', async () => {
    // A brain that was killed: nobody refreshes or removes its lock.
    await stage().disk.mkdir('brain/lease');
    expect(await acquire()).toBeNull();
    expect(await acquire({ isHolderDead: () => true })).not.toBeNull();
    expect(await acquire()).toBeNull();
  });

  it('is taken when nobody refreshes it', async () => {
    await stage().disk.mkdir('brain/lease');
    const taken = await eventually('a stale lease', () => acquire({ leaseMs: 2_000 }));
    expect(await acquire()).toBeNull();
    await taken.release();
  });

  it('that somebody took away says so, and can still be released', async () => {
    let isLost = false;
    const lease = await acquire({ leaseMs: 2_000, onLost: () => void (isLost = true) });
    rmSync(`${stage().root}/brain/lease`, { recursive: true });
    await eventually('the loss is noticed', () => isLost);
    await expect(lease?.release()).resolves.toBeUndefined();
  });

  it('needs the directory that it stands for, and says so', async () => {
    const subject = 'none';
    await expect(acquire({ subject, path: `${subject}/lease` })).rejects.toThrow('ENOENT');
  });
});
