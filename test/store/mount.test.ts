// What shared/ lies on: as statfs says, or as the configuration says where statfs cannot know.
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { inspectMount } from '../../agents/store/mount.ts';

it('takes a local directory for local', () => {
  expect(inspectMount(tmpdir(), 'write')).toMatchObject({ isNetwork: false });
});

it('believes the configuration: a local one as a network mount, and back', () => {
  const { type } = inspectMount(tmpdir(), 'read', 'auto');
  expect(inspectMount(tmpdir(), 'read', 'network')).toMatchObject({ isNetwork: true, type });
  expect(inspectMount(tmpdir(), 'read', 'local')).toMatchObject({ isNetwork: false, type });
});

it('refuses what is not there', () => {
  expect(() => inspectMount(`${tmpdir()}/no-such-directory`, 'read')).toThrow('does not exist');
});
