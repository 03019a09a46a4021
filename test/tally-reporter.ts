// Ends every run with the one line that CI systems read: `N passed, N failed`. Skipped tests are
// neither. A file that could not be loaded and an error outside any test count as one failure each.
import type { Reporter, SerializedError, TestModule } from 'vitest/node';

export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

export function tallyOf(
  modules: readonly Pick<TestModule, 'children' | 'errors'>[],
  unhandled: readonly SerializedError[],
): Tally {
  let passed = 0;
  let failed = unhandled.length;
  for (const module of modules) {
    failed += module.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      if (state === 'passed') passed++;
      if (state === 'failed') failed++;
    }
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
  }
  return { passed, failed };
}

export const renderTally = ({ passed, failed }: Tally): string =>
  `${passed} passed, ${failed} failed`;

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]): void {
    process.stdout.write(`\n${renderTally(tallyOf(modules, unhandled))}\n`);
  }
}
