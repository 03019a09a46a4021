// The embedded engine where its package is not installed: tutti works without it, and says what to do.
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Fault } from '../../agents/protocol/fault.ts';
import { writeTinyLlama } from '../helpers/gguf.ts';
import { ROOT } from '../tidy/tree.ts';
import { specOf, Stage } from './stage.ts';

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.close());

it('a missing node-llama-cpp is a fault with advice, not a crash', async () => {
  // Outside the project no node_modules is found.
  for (const folder of ['models/embedded', 'process']) {
    cpSync(join(ROOT, 'dist/agents', folder), join(stage.home, 'agents', folder), {
      recursive: true,
    });
  }
  writeFileSync(join(stage.home, 'package.json'), '{"type":"module"}');
  const entry = join(stage.home, 'agents/models/embedded/main.js');
  const runtime = await stage.open({}, { embeddedEntry: entry });
  const source = join(stage.home, 'tiny.gguf');
  writeTinyLlama(source);
  const load = runtime.ensureReady(specOf({ driver: 'embedded', source }));
  const fault = await load.then(
    () => null,
    (error: unknown) => error as Fault,
  );
  expect(fault).toBeInstanceOf(Fault);
  expect(fault!.message).toBe(
    'the engine of model demo is not installed here: error: node-llama-cpp is not installed',
  );
  expect(fault!.advice).toContain('run `npm install node-llama-cpp`');
});
