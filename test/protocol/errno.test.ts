import { existsSync, statSync } from 'node:fs';
import { expect, it } from 'vitest';
import { errnoOf } from '../../agents/protocol/errno.ts';

const failed = (code: string, errno?: number): Error =>
  Object.assign(new Error(code), { code, ...(errno === undefined ? {} : { errno }) });

it('names the errno of a failed call', () => {
  expect(existsSync('/nowhere')).toBe(false);
  let caught: unknown;
  try {
    statSync('/nowhere');
  } catch (error) {
    caught = error;
  }
  expect(errnoOf(caught)).toBe('ENOENT');
});

it('names what libuv has no name for', () => {
  expect(errnoOf(failed('Unknown system error -116', -116))).toBe('ESTALE');
  expect(errnoOf(failed('Unknown system error -122', -122))).toBe('EDQUOT');
});

it('is undefined for what is no failed call', () => {
  expect(errnoOf(new Error('a bug'))).toBeUndefined();
  expect(errnoOf('ENOENT')).toBeUndefined();
});

it('takes the code of an error that has no errno', () => {
  expect(errnoOf(failed('ELOCKED'))).toBe('ELOCKED');
});
