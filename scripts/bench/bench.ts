// What every scenario gets, and what it is.
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import type { Ground } from './ground.ts';
import { closeStage, openStage } from './stage.ts';
import type { Stage, StageOptions } from './stage.ts';
import type { Row } from './sample.ts';

export interface Bench {
  readonly runs: number;
  /** Less of everything: for a look while working, not for the record. */
  readonly isQuick: boolean;
  /** Tasks at once: as many as there are cores, as in production. */
  readonly slots: number;
  /** A directory on a fresh file system; the caller closes it. */
  openGround(): Promise<Ground>;
  /** A row that is ready: shown at once. */
  row(row: Row): void;
  /** Anything else that a reader of the output should know. */
  note(text: string): void;
}

export interface Scenario {
  readonly letter: string;
  readonly title: string;
  /** Of docs/PERFORMANCE.md, by its markers; `results` unless it says so. */
  readonly section?: string;
  readonly run: (bench: Bench) => Promise<void>;
}

/** A stage on a ground of its own, closed afterwards whatever happens. */
export async function onStage<T>(
  bench: Bench,
  options: StageOptions,
  play: (stage: Stage, home: string) => Promise<T>,
): Promise<T> {
  const ground = await bench.openGround();
  try {
    const home = join(ground.path, 'stage');
    await mkdir(home);
    const stage = await openStage(home, options);
    try {
      return await play(stage, home);
    } finally {
      await closeStage(stage);
    }
  } finally {
    await ground.close();
  }
}
