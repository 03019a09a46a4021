// Every driver passes the same suite. The engine of `embedded` is real: node-llama-cpp with a model of random weights.
import { join } from 'node:path';
import { describe } from 'vitest';
import { writeTinyLlama } from '../helpers/gguf.ts';
import { describeDriver } from './conformance/driver.ts';
import { startServer } from './fakes.ts';
import { isEngineInstalled, specOf } from './stage.ts';

const nothing = (): Promise<void> => Promise.resolve();

describeDriver('llama-server', {
  loads: true,
  owns: true,
  set: (stage) =>
    Promise.resolve({
      spec: { ...stage.model('demo', { loadMs: 20, pauseMs: 2 }), slots: 2 },
      dispose: nothing,
    }),
});

describeDriver('ollama', {
  loads: true,
  owns: false,
  set: async () => {
    const fake = await startServer('fake-ollama', ['--pause', '2']);
    const { url } = fake;
    return {
      spec: specOf({ driver: 'ollama', source: 'tiny', url, slots: 2 }),
      dispose: () => fake.end(),
    };
  },
});

describeDriver('openai', {
  loads: false,
  owns: false,
  set: async () => {
    const fake = await startServer('fake-openai', ['--pause', '2']);
    const { url } = fake;
    const source = 'tiny';
    return {
      spec: specOf({ driver: 'openai', source, url: `${url}/v1`, slots: 2 }),
      dispose: () => fake.end(),
    };
  },
});

describe.skipIf(!isEngineInstalled)(
  `node-llama-cpp ${isEngineInstalled ? '' : 'is not installed'}`,
  () => {
    describeDriver('embedded', {
      loads: true,
      owns: true,
      set: (stage) => {
        const source = join(stage.home, 'tiny.gguf');
        writeTinyLlama(source);
        const args = ['--threads', '1'];
        const spec = specOf({ driver: 'embedded', source, slots: 2, args });
        return Promise.resolve({ spec, dispose: nothing });
      },
    });
  },
);
