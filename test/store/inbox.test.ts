import { describe, expect, it } from 'vitest';
import type { Batch } from '../../agents/protocol/batch.ts';
import type { Command } from '../../agents/protocol/command.ts';
import { BELL_BRAIN, INBOX } from '../../agents/protocol/layout.ts';
import {
  INBOX_STAGING,
  listInbox,
  readBatch,
  readCommand,
  sendCommand,
  submit,
} from '../../agents/store/inbox.ts';
import { createStore } from '../../agents/store/store.ts';
import type { Store } from '../../agents/store/store.ts';
import { namesIn, textOf } from '../helpers/tree.ts';
import { codeOf } from './conformance/code-of.ts';
import { failing, setStage, witness } from './stage.ts';

const stage = setStage();
const at = (path: string): string => `${stage().root}/${path}`;
const id = 'demo-20261121-021455-k3f9x';
const batch: Batch = {
  v: 1,
  id,
  plan: 'demo',
  config: { videos: 3 },
  priority: 50,
  submitted_at: '2026-11-21T02:14:55.123Z',
  submitted_by: 'ana',
};
const command = (commandId: string): Command => ({
  v: 1,
  id: commandId,
  verb: 'cancel',
  batch: id,
  at: '2026-11-21T02:14:55.123Z',
  by: 'ana',
});
/** As the command line does: staged below the inbox. */
const submitter = (changes: Partial<Store['disk']> = {}, isDurable = false): Store =>
  createStore({ ...stage().disk, ...changes }, isDurable, INBOX_STAGING, 'ana');

describe('a submission', () => {
  it('arrives whole and rings', async () => {
    await submit(submitter(), batch, '# Plan\n');
    expect(await listInbox(stage().store)).toEqual({ batches: [id], commands: [] });
    expect(namesIn(at(`${INBOX}/${id}`))).toEqual(
      ['attempts', 'batch.json', 'logs', 'output', 'plan.md', 'results'].toSorted(),
    );
    expect(textOf(at(`${INBOX}/${id}/plan.md`))).toBe('# Plan\n');
    expect(await readBatch(stage().store, `${INBOX}/${id}`)).toEqual({ is: 'ok', value: batch });
    expect(textOf(at(BELL_BRAIN))).toBe('');
    expect(namesIn(at(INBOX_STAGING))).toEqual([]);
  });

  it('that is still being written does not exist for the reader', async () => {
    const stopped = submitter({ rename: () => failing('EIO') });
    expect(await codeOf(() => submit(stopped, batch, '# Plan\n'))).toBe('EIO');
    expect(namesIn(at(INBOX_STAGING))).toEqual(['ana.0']);
    expect(await listInbox(stage().store)).toEqual({ batches: [], commands: [] });
    expect(textOf(at(BELL_BRAIN))).toBeNull();
  });

  it('has its files on the disk before its name', async () => {
    const seen: string[] = [];
    await submit(submitter(witness(stage().disk, seen), true), batch, '# Plan\n');
    expect(seen).toEqual([
      'create synced',
      'create synced',
      `sync ${INBOX_STAGING}/ana.0`,
      `rename to ${INBOX}/${id}`,
      `sync ${INBOX}`,
    ]);
  });
});

describe('commands', () => {
  it('come in the order in which they were given, whatever order they arrived in', async () => {
    const ids = [
      '20261121-021455123-zzzzz',
      '20261121-021455124-aaaaa',
      '20261121-101010000-mmmmm',
      '20270101-000000000-aaaaa',
    ];
    for (const one of ids) await sendCommand(submitter(), command(one));
    // A local directory may well be listed in order; nothing promises it.
    const list = async (path: string) => (await stage().disk.list(path))!.toSorted().toReversed();
    expect((await listInbox(stage().storeOver({ list }))).commands).toEqual(ids);
    const path = `${INBOX}/${ids[0]}.command.json`;
    expect(await readCommand(stage().store, path)).toEqual({ is: 'ok', value: command(ids[0]!) });
    expect(textOf(at(BELL_BRAIN))).toBe('');
  });
});

describe('the list of the inbox', () => {
  it.each([
    `.${id}`,
    '.20261121-021455123-abcde.command.json',
    '20261121-021455123-abcde.command.json.tmp',
    '20261121-021455123-abcde.json',
    'cancel.command.json',
    '.nfs000000000001',
    `${id}~`,
    'notes.txt',
  ])('leaves out %s', async (name) => {
    await stage().disk.create(`${INBOX}/${name}`, '', false);
    expect(await listInbox(stage().store)).toEqual({ batches: [], commands: [] });
  });

  it('is empty without an inbox', async () => {
    await stage().disk.rename(INBOX, 'elsewhere');
    expect(await listInbox(stage().store)).toEqual({ batches: [], commands: [] });
  });
});
