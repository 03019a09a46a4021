// A rig whose thinking brain is a server that says what a test has written down.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../models/fakes.ts';
import { openRig } from './rig.ts';
import type { Rig, RigOptions } from './rig.ts';

export interface Line {
  /** A part of the prompt, or several. */
  readonly when: string | readonly string[];
  readonly say?: string;
  readonly play?: string;
}

export interface ScriptedBrain {
  readonly rig: Rig;
  /** Instead of what was to be said before. */
  readonly answers: (...lines: Line[]) => void;
  readonly close: () => Promise<void>;
}

/** Its model is called `wise`. */
export async function openScriptedBrain(
  config: NonNullable<RigOptions['config']>,
  isStarted = true,
): Promise<ScriptedBrain> {
  const folder = mkdtempSync(join(tmpdir(), 'tutti-thinking-'));
  const script = join(folder, 'script.json');
  const answers = (...lines: Line[]): void => writeFileSync(script, JSON.stringify(lines));
  answers();
  const server = await startServer('fake-openai', ['--model', 'tiny', '--script', script]);
  const rig = await openRig({
    isStarted,
    agents: [{ name: 'cpu-1', kind: 'cpu', slots: 2 }],
    config: {
      models: { wise: { backend: 'openai', source: 'tiny', slots: 2 } },
      roles: { brain: { model: 'wise' } },
      backends: { openai: { baseUrl: `${server.url}/v1` } },
      ...config,
    },
  });
  return {
    rig,
    answers,
    async close() {
      await rig.close();
      await server.end();
      rmSync(folder, { recursive: true });
    },
  };
}

export const tasksText = (text: string): string => `# Plan: test\n\n## Tasks\n\n${text}`;
