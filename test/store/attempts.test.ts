// Commits that are tried again, and attempts that may no longer start.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import { formatClaim } from '../../agents/protocol/lane-name.ts';
import type { ClaimName } from '../../agents/protocol/lane-name.ts';
import { attemptPaths, failedPath, PROCESSING } from '../../agents/protocol/layout.ts';
import { forbidStart, openCommit, writeAttempt } from '../../agents/store/attempts.ts';
import { jsonOf, namesIn, textOf } from '../helpers/tree.ts';
import { setStage } from './stage.ts';

const stage = setStage();
const at = (path: string): string => `${stage().root}/${path}`;
const batch = 'demo-20261121-021455-k3f9x';
const claim: ClaimName = {
  rank: '490000000001',
  taskClass: 'cpu',
  vram: 0,
  batch,
  task: 'scan',
  counts: { attempt: 1, failures: 0, losses: 0, notNow: 0 },
  agent: 'cpu-1',
};
const record: AttemptRecord = {
  v: 1,
  batch,
  plan: 'demo',
  task: 'scan',
  attempt: 1,
  agent: 'cpu-1',
  host: 'ant',
  outcome: 'failed',
  exit_code: 1,
  signal: null,
  message: 'It failed.',
  started_at: '2026-11-21T02:14:55.000Z',
  finished_at: '2026-11-21T02:14:56.000Z',
  duration_ms: 1000,
  vram_peak_mib: null,
  log: 'l',
  sandbox: 'none',
};
const paths = attemptPaths('demo', batch, 'scan', 1);
const folder = paths.record.slice(0, paths.record.lastIndexOf('/'));

beforeEach(() => {
  for (const path of [folder, PROCESSING, failedPath(batch)])
    mkdirSync(at(path), { recursive: true });
});

describe('a commit', () => {
  it('whose claim was taken back sets its own record aside', async () => {
    expect(await openCommit(stage().store, claim, record)()).toBe('gone');
    expect(namesIn(at(folder))).toEqual(['scan.a1.late.json']);
    expect(jsonOf(at(paths.late))).toEqual(record);
  });

  it('leaves alone what somebody else has written since', async () => {
    const { store } = stage();
    writeFileSync(at(`${PROCESSING}/${formatClaim(claim)}`), '{}');
    const commit = openCommit(store, claim, record);
    expect(await commit()).toBe('moved');
    // The end was seen, and counts differently: its file has moved on, and its record was written anew.
    const final = namesIn(at(failedPath(batch)))[0]!;
    await store.disk.unlink(`${failedPath(batch)}/${final}`);
    await writeAttempt(store, { ...record, outcome: 'complete' });
    expect(await commit()).toBe('gone');
    expect(jsonOf(at(paths.record))).toMatchObject({ outcome: 'complete' });
  });
});

describe('an attempt that is taken back', () => {
  it('can start no more, unless it has', async () => {
    const { store } = stage();
    expect(await forbidStart(store, record)).toBe(false);
    expect(textOf(at(paths.run))).toBe('void\n');
    expect(await forbidStart(store, record)).toBe(false);
    const stat = `4711 (sh) S ${'0 '.repeat(18)}99 0`;
    writeFileSync(at(paths.run), `start boot cpu-1 ${stat}\n`);
    expect(await forbidStart(store, record)).toBe(true);
  });

  it('is not taken for one where the disk refuses the file that says so', async () => {
    const { store } = stage();
    rmSync(at(folder), { recursive: true });
    await expect(forbidStart(store, record)).rejects.toThrow('ENOENT');
    mkdirSync(at(folder), { recursive: true });
    expect(await forbidStart(store, record)).toBe(false);
  });
});
