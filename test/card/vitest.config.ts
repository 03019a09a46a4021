// `npm run test:gpu`: only where a real NVIDIA card is. No part of `npm test`, whose hosts have none.
import { defineConfig } from 'vitest/config';
import base from '../vitest.config.ts';

export default defineConfig({
  test: { ...base.test, include: ['test/card/**/*.gpu.ts'], maxWorkers: 1, fileParallelism: false },
});
