import { expect, it } from 'vitest';
import { inferDefinition } from '../../../agents/protocol/plan/infer.ts';

const infer = (fields: Partial<Parameters<typeof inferDefinition>[0]>): string | null =>
  inferDefinition({ executor: 'worker', command: 'train.bin', ...fields })?.fix ?? null;

it.each([
  [{ executor: 'brain' as const }, 'brain, because its executor is brain'],
  [{ llm_model: 'x' }, 'llm, because it has the field llm_model'],
  [{ command: '', decide: 'Is it good?' }, 'llm, because it has the field decide'],
  [{ llm_min_tier: 0 }, 'llm, because it has the field llm_min_tier'],
  [{ vram_estimate_mb: 0 }, 'script, because it has the field vram_estimate_mb'],
  [{ vram_policy: 'infer' as const }, 'script, because it has the field vram_policy'],
  [{ command: 'python {PLAN_PATH}/a.py {ITEM}' }, 'cpu, because it calls only python'],
  [{ command: '/usr/bin/sort a | uniq -c > b' }, 'cpu, because it calls only sort, uniq'],
  [
    { command: 'X=1 Y=2 grep -q ";train" f && { echo "a; b"; }' },
    'cpu, because it calls only grep, echo',
  ],
  [
    { command: 'for f in a b; do\n  if [ -e "$f" ]; then cat "$f"; fi # train.bin\ndone' },
    'cpu, because it calls only [, cat',
  ],
  [{ command: 'n=$(wc -l < f); echo $n' }, 'cpu, because it calls only wc, echo'],
])('%j is %s', (fields, fix) => {
  expect(infer(fields)).toBe(`task_class was missing: set to ${fix}`);
});

it.each(['train.bin', 'echo a; nvidia-smi', 'cat x | "$program"', '{PLAN_PATH}/run.sh', '', ' '])(
  'cannot be told: %j',
  (command) => {
    expect(infer({ command })).toBeNull();
  },
);

it('an empty command is no brain task either', () => {
  expect(infer({ executor: 'brain', command: '' })).toBeNull();
});
