// The long form: the end-to-end tests, each with the brain and the agents on clients of their own.
import { defineConfig } from 'vitest/config';
import base from '../vitest.config.ts';

export default defineConfig({
  ...base,
  test: {
    ...base.test,
    include: ['test/e2e/*.test.ts'],
    // They mount disks of their own, count on events, or write a gigabyte.
    exclude: ['test/e2e/disk.test.ts', 'test/e2e/latency.test.ts', 'test/e2e/values.test.ts'],
    globalSetup: ['test/nfs/setup.ts'],
  },
});
