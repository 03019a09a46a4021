import { expect, it } from 'vitest';
import { chargesOf } from '../../agents/launch/charges.ts';
import { agentsOf, explainCards } from '../../agents/process/rig.ts';
import type { AgentConfig } from '../../agents/protocol/config.ts';
import { renderFault } from '../../agents/protocol/fault.ts';
import type { Fault } from '../../agents/protocol/fault.ts';

const card = (uuid: string) => ({ uuid, name: 'Card', vramTotalMib: 6144 });
const rig = {
  cards: { is: 'ok', cards: [card('GPU-aa'), card('GPU-bb')] },
  cores: 4,
} as const;
const all = { isBrainWanted: true, agents: null };

function refusalOf(call: () => unknown): Fault {
  try {
    call();
  } catch (error) {
    return error as Fault;
  }
  throw new Error('nothing was refused');
}

it('makes one agent per card and one for the CPU of "auto", and tells them what they are', () => {
  expect(chargesOf(agentsOf(rig), true, all)).toEqual([
    { name: 'brain', kind: 'brain', args: [] },
    { name: 'gpu-1', kind: 'gpu', args: ['--name', 'gpu-1', '--kind', 'gpu', '--uuid', 'GPU-aa'] },
    { name: 'gpu-2', kind: 'gpu', args: ['--name', 'gpu-2', '--kind', 'gpu', '--uuid', 'GPU-bb'] },
    { name: 'cpu-1', kind: 'cpu', args: ['--name', 'cpu-1', '--kind', 'cpu', '--slots', '4'] },
  ]);
});

it('lets configured agents look themselves up', () => {
  const agents: AgentConfig[] = [{ name: 'sim', kind: 'simulated', vramMib: 6144 }];
  expect(chargesOf(agents, false, { isBrainWanted: false, agents: null })).toEqual([
    { name: 'sim', kind: 'gpu', args: ['--name', 'sim'] },
  ]);
});

it('starts only what was selected', () => {
  const names = (selection: Parameters<typeof chargesOf>[2]): string[] =>
    chargesOf(agentsOf(rig), true, selection).map(({ name }) => name);
  expect(names({ isBrainWanted: true, agents: [] })).toEqual(['brain']);
  expect(names({ isBrainWanted: true, agents: ['cpu-1', 'gpu-2'] })).toEqual([
    'brain',
    'gpu-2',
    'cpu-1',
  ]);
  expect(names({ isBrainWanted: false, agents: ['gpu-1'] })).toEqual(['gpu-1']);
});

it('refuses a name that is not there and says which is near', () => {
  const refusal = refusalOf(() =>
    chargesOf(agentsOf(rig), true, { isBrainWanted: true, agents: ['gpu1'] }),
  );
  expect(renderFault(refusal)).toBe(
    'there is no agent gpu1 [AGENT_UNKNOWN]\n' +
      '    Did you mean `gpu-1`? Known agents: gpu-1, gpu-2, cpu-1.',
  );
});

it.each([
  [{ is: 'absent' }, 'no nvidia-smi on the PATH: this host offers its CPU only'],
  [
    { is: 'failed', problem: 'no answer within 5000 ms' },
    'nvidia-smi does not work (no answer within 5000 ms): its cards are left out',
  ],
  [{ is: 'ok', cards: [] }, 'nvidia-smi lists no card: this host offers its CPU only'],
  [{ is: 'ok', cards: [card('GPU-aa')] }, null],
] as const)('explains %j', (cards, text) => {
  expect(explainCards(cards)).toBe(text);
  expect(agentsOf({ cards, cores: 2 }).at(-1)).toEqual({ name: 'cpu-1', kind: 'cpu', slots: 2 });
});
