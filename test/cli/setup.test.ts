import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { openHouse } from './house.ts';
import type { House } from './house.ts';

let house: House;
afterEach(() => house.close());

/** A PATH on which nvidia-smi is this script, and nothing else is. */
function withSmi(script: string | null): void {
  const bin = join(house.root, 'bin');
  mkdirSync(bin, { recursive: true });
  if (script !== null) {
    const file = join(bin, 'nvidia-smi');
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  house.env['PATH'] = bin;
}

const TWO_CARDS = `echo 'GPU-aa, GeForce GTX 1060, 6GB, 6144'\necho 'GPU-bb, [N/A], [N/A]'`;
const configOf = (): unknown => JSON.parse(readFileSync(house.config, 'utf8'));
const withoutMachine = (text: string): string =>
  text.replace(/^cpu {5}.*$/m, 'cpu     …').replaceAll(house.root, '…');

describe('tutti setup', () => {
  it('writes an agent per card and one for the CPU, and keeps every other key', async () => {
    house = openHouse({ agents: 'auto', brain: { slots: 3 } });
    withSmi(TWO_CARDS);
    const { code, out } = await house.tutti('setup');
    expect(code).toBe(0);
    expect(configOf()).toEqual({
      agents: [
        { name: 'gpu-1', kind: 'gpu', uuid: 'GPU-aa' },
        { name: 'gpu-2', kind: 'gpu', uuid: 'GPU-bb' },
        { name: 'cpu-1', kind: 'cpu' },
      ],
      brain: { slots: 3 },
    });
    expect(withoutMachine(out)).toMatch(
      /^card {4}GeForce GTX 1060, 6GB, 6144 MiB, GPU-aa\ncard {4}unnamed, memory unknown, GPU-bb\ncpu {5}…\nshared {2}…\/shared, local\n\n/,
    );
    expect(withoutMachine(out)).toMatch(/…\/config\.json is written\. Next: `tutti up`\n$/);
    // The temporary file is gone.
    expect(readdirSync(house.root).toSorted()).toEqual(['bin', 'config.json', 'shared']);

    const again = await house.tutti('setup');
    expect(withoutMachine(again.out)).toMatch(/…\/config\.json is right as it is\.\n$/);
  });

  it('says that there is no card, and writes a CPU agent', async () => {
    house = openHouse({});
    withSmi(null);
    const { code, out } = await house.tutti('setup');
    expect(code).toBe(0);
    expect(out).toMatch(/^cards {3}no nvidia-smi on the PATH: this host offers its CPU only\n/);
    expect(configOf()).toEqual({ agents: [{ name: 'cpu-1', kind: 'cpu' }] });
  });

  it('writes nothing with --dry-run', async () => {
    house = openHouse({});
    withSmi(TWO_CARDS);
    const { code, out } = await house.tutti('setup', '--dry-run');
    expect(code).toBe(0);
    expect(out).toContain('+       "uuid": "GPU-aa"');
    expect(configOf()).toEqual({});
  });

  it('adds simulated cards', async () => {
    house = openHouse({});
    withSmi(null);
    const { out } = await house.tutti('setup', '--simulate', '2', '--json');
    const agents = [
      { name: 'sim-1', kind: 'simulated', vramMib: 8192 },
      { name: 'sim-2', kind: 'simulated', vramMib: 8192 },
      { name: 'cpu-1', kind: 'cpu' },
    ];
    expect(JSON.parse(out)).toMatchObject({ schema: 'tutti.setup/1', agents, written: true });
    expect(configOf()).toEqual({ agents });
  });

  it('keeps the names that a person gave, and takes an agent away only when told', async () => {
    const named = { name: 'left', kind: 'gpu', uuid: 'GPU-bb' };
    const gone = { name: 'right', kind: 'gpu', uuid: 'GPU-cc' };
    const cpu = { name: 'cores', kind: 'cpu', slots: 1 };
    house = openHouse({ agents: [named, gone, cpu] });
    withSmi(TWO_CARDS);
    const refused = await house.tutti('setup');
    expect(refused.code).toBe(1);
    expect(withoutMachine(refused.out)).toMatch(
      /…\/config\.json is not changed: an agent would go\. Say --yes to write it\.\n$/,
    );
    expect(configOf()).toEqual({ agents: [named, gone, cpu] });
    expect((await house.tutti('setup', '--yes')).code).toBe(0);
    expect(configOf()).toEqual({
      agents: [named, cpu, { name: 'gpu-1', kind: 'gpu', uuid: 'GPU-aa' }],
    });
  });

  it.each([
    [
      'echo "No devices were found"; exit 6',
      'nvidia-smi lists no card: this host offers its CPU only',
    ],
    [
      'echo "NVIDIA-SMI has failed because it could not talk to the driver" >&2; exit 9',
      'nvidia-smi does not work (NVIDIA-SMI has failed because it could not talk to the driver): its cards are left out',
    ],
    [
      'echo garbage',
      'nvidia-smi does not work (a line that is no card: garbage): its cards are left out',
    ],
    [
      'exec /bin/sleep 60',
      'nvidia-smi does not work (no answer within 500 ms): its cards are left out',
    ],
  ])('understands an nvidia-smi that says: %s', async (script, text) => {
    const card = { name: 'gpu-1', kind: 'gpu', uuid: 'GPU-aa' };
    house = openHouse({ agents: [card], agent: { smiTimeoutMs: 500 } });
    withSmi(script);
    const { out } = await house.tutti('setup', '--dry-run');
    expect(out).toContain(`cards   ${text}\n`);
    // Nobody knows whether the card is gone, so its agent stays.
    const isKept = out.includes('+       "uuid": "GPU-aa"');
    expect(isKept).toBe(!script.includes('No devices'));
  });

  it('refuses a configuration that is wrong instead of writing over it', async () => {
    house = openHouse({ agent: { lease: 1 } });
    withSmi(null);
    const { code, err } = await house.tutti('setup');
    expect(code).toBe(78);
    expect(err).toContain('[CONFIG_INVALID]');
    expect(configOf()).toEqual({ agent: { lease: 1 } });
  });
});
