import { describe, expect, it } from 'vitest';
import { vramNeed } from '../../agents/protocol/task.ts';
import type { Vram } from '../../agents/protocol/lane-name.ts';
import {
  DECIDED_REASONS,
  FAILED_REASONS,
  FINAL_REASONS,
  FREE_OUTCOMES,
  OUTCOMES,
  PRIORITIES,
  TASK_CLASSES,
  VERDICTS,
} from '../../agents/protocol/words.ts';
import type { TaskClass } from '../../agents/protocol/words.ts';

describe('the vocabularies', () => {
  it('every outcome but complete is a reason, and what the brain decides is no outcome', () => {
    expect(FAILED_REASONS).toEqual([
      ...OUTCOMES.filter((outcome) => outcome !== 'complete'),
      ...DECIDED_REASONS,
    ]);
    expect(
      DECIDED_REASONS.filter((reason) => (OUTCOMES as readonly string[]).includes(reason)),
    ).toEqual([]);
  });

  it('no reason is final and free at once', () => {
    expect([...FREE_OUTCOMES].filter((reason) => FINAL_REASONS.has(reason))).toEqual([]);
    expect(DECIDED_REASONS.filter((reason) => !FINAL_REASONS.has(reason))).toEqual([]);
  });

  it('no word is twice in a list, and each can stand in a file name', () => {
    for (const words of [FAILED_REASONS, OUTCOMES, TASK_CLASSES, VERDICTS]) {
      expect(new Set(words).size).toBe(words.length);
      expect(words.filter((word) => !/^[a-z_]+$/.test(word))).toEqual([]);
    }
  });

  it('priorities have two digits at most, in order', () => {
    expect(PRIORITIES).toEqual({ low: 3, normal: 5, high: 8, urgent: 10 });
  });
});

describe('the VRAM that a task needs, in MiB', () => {
  const defaults = { scriptVramMibDefault: 1024, cpuVramMib: 512 };

  it.each<[TaskClass | undefined, number | undefined, Vram]>([
    ['llm', undefined, 'all'],
    ['llm', 4000, 4000],
    ['llm', 0, 0],
    ['script', undefined, 1024],
    ['script', 300, 300],
    ['script', 0, 0],
    ['cpu', undefined, 512],
    ['cpu', 9000, 512],
    ['meta', undefined, 0],
    ['meta', 9000, 0],
    ['brain', undefined, 0],
    [undefined, 300, 0],
  ])('%s with an estimate of %s: %s', (taskClass, estimate, need) => {
    const task = {
      ...(taskClass === undefined ? {} : { task_class: taskClass }),
      ...(estimate === undefined ? {} : { vram_estimate_mb: estimate }),
    };
    expect(vramNeed(task, defaults)).toBe(need);
  });
});
