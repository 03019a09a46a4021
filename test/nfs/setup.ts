// Mounts three clients for a whole run of the end-to-end tests, and tells the rig of them.
import { openServer } from './server.ts';
import type { Server } from './server.ts';

const MEMORY_MS = 300;

let server: Server | null = null;

export async function setup(): Promise<void> {
  const opened = await openServer();
  if (typeof opened === 'string') throw new Error(`there is nothing to test on: ${opened}`);
  server = opened;
  const knobs = { attr: MEMORY_MS, negative: MEMORY_MS, dir: MEMORY_MS, silly: true } as const;
  const clients = [];
  for (let n = 0; n < 3; n++) clients.push(await server.mount(knobs));
  process.env['TUTTI_TEST_MOUNTS'] = [server.backing, ...clients].join(',');
  process.env['TUTTI_TEST_VISIBILITY_MS'] = String(MEMORY_MS);
}

export async function teardown(): Promise<void> {
  await server?.close();
}
