import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AGENT_SIGNALS,
  formatSignal,
  parseSignal,
  TASK_SIGNALS,
} from '../../agents/protocol/signal.ts';
import type { SignalName } from '../../agents/protocol/signal.ts';
import { agentNames, batchIds, taskIds } from './arbitraries.ts';

const toAgent = fc.record({ agent: agentNames, verb: fc.constantFrom(...AGENT_SIGNALS) });
const toTask = fc.record({
  agent: agentNames,
  verb: fc.constantFrom(...TASK_SIGNALS),
  batch: batchIds,
  task: taskIds,
  attempt: fc.integer({ min: 0, max: 999_999 }),
});

it('every signal comes back as it was formatted', () => {
  fc.assert(
    fc.property(fc.oneof<fc.Arbitrary<SignalName>[]>(toAgent, toTask), (name) => {
      expect(parseSignal(formatSignal(name))).toEqual(name);
    }),
  );
});

it('two signals never share a file', () => {
  const [one, other] = [toTask, toTask];
  fc.assert(
    fc.property(one, other, (a, b) => {
      const isSame = JSON.stringify(Object.entries(a)) === JSON.stringify(Object.entries(b));
      expect(formatSignal(a) === formatSignal(b)).toBe(isSame);
    }),
  );
});

const ABORT = 'gpu-1.abort.demo-20261121-021455-k3f9x.scan.a2.json';

describe('names', () => {
  it.each<[string, SignalName]>([
    ['gpu-1.stop.json', { agent: 'gpu-1', verb: 'stop' }],
    ['gpu-1.stop_now.json', { agent: 'gpu-1', verb: 'stop_now' }],
    ['cpu_0.pause.json', { agent: 'cpu_0', verb: 'pause' }],
    [
      ABORT,
      {
        agent: 'gpu-1',
        verb: 'abort',
        batch: 'demo-20261121-021455-k3f9x',
        task: 'scan',
        attempt: 2,
      },
    ],
  ])('%s', (file, name) => {
    expect(parseSignal(file)).toEqual(name);
    expect(formatSignal(name)).toBe(file);
  });

  it.each([
    '',
    'gpu-1',
    'gpu-1.json',
    'gpu-1.stop',
    'gpu-1.stop.json~',
    '.gpu-1.stop.json',
    '.gpu-1.stop.json.AbC123',
    'GPU-1.stop.json',
    'gpu-1.halt.json',
    'gpu-1.stop.demo.json',
    'gpu-1.abort.json',
    'gpu-1.kill.scan.a2.json',
    ABORT.replace('.a2', ''),
    ABORT.replace('.a2', '.2'),
    ABORT.replace('.a2', '.a02'),
    ABORT.replace('.a2', '.a2.more'),
    ABORT.replace('scan', '1scan'),
    ABORT.replace('-k3f9x', ''),
  ])('%j is none', (file) => {
    expect(parseSignal(file)).toBeNull();
  });
});
