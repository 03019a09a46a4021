// What the brain wished of its cards, and how it went: the attempts of its own tasks, in the order of their starts.
import { SYSTEM_PLAN } from '../../agents/protocol/ids.ts';
import type { AttemptRecord } from '../../agents/protocol/attempt.ts';
import * as play from './plays.ts';
import type { Rig } from './rig.ts';
import { namesIn } from './tree.ts';

export const wishRecords = (rig: Rig): AttemptRecord[] =>
  namesIn(rig.at(`plans/${SYSTEM_PLAN}/batches`))
    .flatMap((batch) => {
      play.know(batch, SYSTEM_PLAN);
      return play.attemptsOf(rig, batch);
    })
    .filter(({ task }) => /^(un)?load_llm_/.test(task))
    .toSorted((a, b) => a.started_at.localeCompare(b.started_at));

/** As `load one: complete`; a load that failed has no result, and so no name. */
export const wishesOf = (rig: Rig): string[] =>
  wishRecords(rig).map(({ task, outcome, result }) => {
    const verb = task.startsWith('load') ? 'load' : 'unload';
    return `${verb} ${result?.['model'] as string}: ${outcome}`;
  });
