// Every scenario, in the order in which they run.
import type { Scenario } from './bench.ts';
import { chain } from './scenarios/chain.ts';
import { crowd } from './scenarios/crowd.ts';
import { ending, loss } from './scenarios/ending.ts';
import { events } from './scenarios/events.ts';
import { fan } from './scenarios/fan.ts';
import { idle } from './scenarios/idle.ts';
import { large } from './scenarios/large.ts';
import { operations } from './scenarios/operations.ts';
import { start } from './scenarios/start.ts';
import { status } from './scenarios/status.ts';
import { swaps } from './scenarios/swaps.ts';
import { throughput } from './scenarios/throughput.ts';

export const SCENARIOS: readonly Scenario[] = [
  throughput,
  chain,
  start,
  fan,
  large,
  crowd,
  idle,
  events,
  status,
  ending,
  loss,
  swaps,
  operations,
];
