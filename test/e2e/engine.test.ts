// The real engine behind brain, agent and lanes: node-llama-cpp with two models of random weights on a simulated card
// that holds one of them. Skipped where the optional package is not installed (docs/TESTING.md).
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { writeTinyLlama } from '../helpers/gguf.ts';
import * as play from '../helpers/plays.ts';
import { openRig } from '../helpers/rig.ts';
import type { Rig } from '../helpers/rig.ts';
import { wishesOf } from '../helpers/wishes.ts';
import { isEngineInstalled } from '../models/stage.ts';

const why = isEngineInstalled ? '' : ' (skipped: node-llama-cpp is not installed)';

let rig: Rig;
afterEach(() => rig.close());

const ask = (name: string, model: string): string => `### ${name}

- **task_class**: llm
- **llm_model**: ${model}
- **max_tokens**: 100
- **seed**: 7
- **prompt**: What is this?
- **schema**:

  \`\`\`json
  {
    "type": "object",
    "properties": { "kind": { "enum": ["a", "b"] }, "title": { "type": "string", "maxLength": 8 } },
    "required": ["kind", "title"],
    "additionalProperties": false
  }
  \`\`\`
`;

const DECIDE = `### choose

- **task_class**: llm
- **decide**: Which one is it?
- **options**: left, right
- **max_tokens**: 1000
- **seed**: 7
`;

it.skipIf(!isEngineInstalled)(`a plan of two models that do not fit together${why}`, async () => {
  const model = { backend: 'embedded', contextTokens: 2048, vramMib: 4000 } as const;
  rig = await openRig({
    isStarted: false,
    agents: [{ name: 'gpu-1', kind: 'simulated', vramMib: 6144 }],
    config: {
      models: { one: { ...model, source: 'one.gguf' }, two: { ...model, source: 'two.gguf' } },
      roles: { brain: { model: 'one' } },
      backends: { embedded: { arguments: ['--threads', '1'] } },
      modelPolicy: { residencyMsMin: 0 },
    },
  });
  for (const [seed, name] of ['one', 'two'].entries()) {
    writeTinyLlama(join(rig.home, `${name}.gguf`), { seed: seed + 1 });
  }
  const programs = [rig.startBrain(), rig.startAgent('gpu-1')];
  await Promise.all(programs.map((program) => rig.ready(program)));
  const tasks = ['a', 'b', 'c', 'd'].map((name, at) => ask(name, at % 2 === 0 ? 'one' : 'two'));
  const batch = await play.submit(
    rig,
    `# Plan: test\n\n## Tasks\n\n${[...tasks, DECIDE].join('\n')}`,
  );
  expect((await play.verdictOf(rig, batch, 55_000)).verdict).toBe('complete');
  const [choice] = play.attemptsOf(rig, batch, 'choose');
  // Random weights choose as well: the grammar leaves them nothing else to say.
  expect(choice!.result).toMatchObject({ model: 'one', tries: 1, finish_reason: 'stop' });
  expect(choice!.result!['choice']).toMatch(/^(left|right)$/);
  expect(choice!.result!['reason']).toEqual(expect.any(String));
  const results = ['a', 'b', 'c', 'd'].map((name) => play.attemptsOf(rig, batch, name)[0]!.result);
  for (const result of results) {
    expect(result).toMatchObject({
      finish_reason: 'stop',
      reply: { kind: expect.stringMatching(/^[ab]$/), title: expect.any(String) },
    });
    expect(result!['generated_tokens_per_second']).toBeGreaterThan(0);
  }
  const loads = wishesOf(rig).filter((wish) => wish.startsWith('load'));
  expect(loads.toSorted()).toEqual(['load one: complete', 'load two: complete']);
});
