// A test that shows what becomes of a fault says so, and docs/RELIABILITY.md gets a row of it when it passes
// (test/reliability-reporter.ts).
import type { TestContext } from 'vitest';

export interface Shown {
  readonly fault: string;
  readonly process: string;
  /** What it was doing. */
  readonly step: string;
  readonly outcome: string;
}

declare module 'vitest' {
  interface TaskMeta {
    shown?: Shown;
  }
}

export function shows({ task }: Pick<TestContext, 'task'>, shown: Shown): void {
  task.meta.shown = shown;
}
