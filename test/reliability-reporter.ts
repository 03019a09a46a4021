// Collects the rows of docs/RELIABILITY.md from the tests that passed and say what they show
// (test/helpers/reliability.ts). `npm run reliability` asks for it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Reporter, TestModule } from 'vitest/node';

const FILE = join(import.meta.dirname, '../docs/reliability/tests.json');

export default class ReliabilityReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const rows = modules.flatMap((module) =>
      [...module.children.allTests('passed')].flatMap((test) => {
        const { shown } = test.meta();
        return shown === undefined
          ? []
          : [{ ...shown, file: module.relativeModuleId, test: test.fullName }];
      }),
    );
    const sorted = rows.toSorted((a, b) =>
      `${a.file} ${a.test}`.localeCompare(`${b.file} ${b.test}`),
    );
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(
      FILE,
      `${JSON.stringify({ schema: 'tutti.shown/1', date, rows: sorted }, null, 2)}\n`,
    );
  }
}
