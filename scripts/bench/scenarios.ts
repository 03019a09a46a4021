// Every scenario, in the order in which they run.
import type { Scenario } from './bench.ts';
import { chain } from './scenarios/chain.ts';
import { idle } from './scenarios/idle.ts';
import { operations } from './scenarios/operations.ts';
import { throughput } from './scenarios/throughput.ts';

export const SCENARIOS: readonly Scenario[] = [throughput, chain, idle, operations];
