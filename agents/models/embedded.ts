// The command line of our own server around node-llama-cpp (embedded/main.ts): a process of its own, so that the
// agent stays small and a crash of the engine is contained. It computes on the CPU.
import type { Engine } from './driver.ts';

export const embeddedEngine = (entry: string): Engine => ({
  name: 'embedded',
  usesCard: false,
  command: ({ spec, port, alias, contextTokens }) => [
    process.execPath,
    entry,
    '--model',
    spec.source,
    '--alias',
    alias,
    '--port',
    String(port),
    '--context',
    String(contextTokens),
    '--slots',
    String(spec.slots),
    ...spec.args,
  ],
});
