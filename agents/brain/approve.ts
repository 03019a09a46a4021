// What a rating does to the attempt that it is about, and where ratings are read. The record of the attempt is written
// anew first, with the rating and the outcome that now holds, then its file is moved: a brain that dies between
// the two decides the same again.
import { SYSTEM_PLAN } from '../protocol/ids.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import { parseRating } from '../protocol/thought.ts';
import { readAttempt, readAttemptFresh, writeAttempt } from '../store/attempts.ts';
import * as lanes from '../store/lanes.ts';
import type { Brain } from './brain.ts';
import type { Decision } from './decisions.ts';
import { lookElsewhere } from './doubt.ts';
import type { Subject } from './doubt.ts';
import { COMPLETE } from './model.ts';
import type { RatingState } from './memory.ts';
import { setState } from './progress.ts';
import { failedState, recordCompletion } from './record.ts';
import { systemBatches } from './system-name.ts';
import { attemptKey, isAwaited, thoughtsOf } from './thoughts.ts';
import type { Thought } from './thoughts.ts';

type Judgement = Extract<Decision, { is: 'approve' | 'disapprove' }>;

export async function approve(subject: Subject, decision: Judgement): Promise<void> {
  const { effects, world, open, group, entry } = subject;
  const { store, policy, clock } = effects;
  const { from, is } = decision;
  // Its batch may have been cancelled in the same turn.
  if (entry.state.is !== 'retrying') return;
  const { id: batch, plan } = open.batch;
  const { attempt } = from.counts;
  const read = await readAttemptFresh(store, { plan, batch, task: entry.id, attempt });
  const record = read.is === 'ok' ? judged(read.value, decision) : null;
  if (record !== null) await writeAttempt(store, record);
  const at = { batch, task: entry.id, counts: from.counts };
  const moved = await (is === 'approve' ? lanes.approve(store, at) : lanes.disapprove(store, at));
  if (moved === 'gone') return lookElsewhere(subject);
  world.ratings.delete(attemptKey({ batch, task: entry.id, attempt }));
  if (is === 'disapprove') {
    const name = { ...from, reason: 'disapproved' } as const;
    const state = failedState(group, name, policy, clock.monotonicMs(), undefined);
    setState(open, group, entry, state);
  } else if (record === null) setState(open, group, entry, COMPLETE);
  else recordCompletion(open, group, entry, record);
}

function judged(record: AttemptRecord, { is, rating, reason }: Judgement): AttemptRecord {
  const message = `${record.message.replace(/ Its output .*$/s, '')} Its output was ${reason}`;
  return {
    ...record,
    outcome: is === 'approve' ? 'complete' : 'disapproved',
    message,
    ...(rating === null ? {} : { rating }),
  };
}

/** What evaluations have said since the last look; a record that is not there may only be late. */
export async function readRatings({ effects, world }: Brain): Promise<void> {
  const { ratings } = world;
  for (const thought of systemBatches(world.batches).flatMap(thoughtsOf)) {
    const { verb, entry, about } = thought;
    if (verb !== 'evaluate' || entry.state.is !== 'complete') continue;
    const key = attemptKey(about);
    const known = ratings.get(key);
    if (!isAwaited(world, thought)) ratings.delete(key);
    else if (known === undefined || known.is === 'sought') {
      ratings.set(key, await readRating(effects, thought, known?.sinceMs));
    }
  }
}

async function readRating(
  { store, clock, policy }: Brain['effects'],
  { open, entry }: Thought,
  soughtSinceMs: number | undefined,
): Promise<RatingState> {
  const { attempt } = entry.counts;
  const read = await readAttempt(store, SYSTEM_PLAN, open.batch.id, entry.id, attempt);
  const nowMs = clock.monotonicMs();
  const sinceMs = soughtSinceMs ?? nowMs;
  const { brain, agent } = policy.config;
  const patienceMs = brain.manifestWaitMs + agent.visibilityDelayMs;
  if (read.is === 'missing' && nowMs - sinceMs < patienceMs) return { is: 'sought', sinceMs };
  const rating = read.is === 'ok' ? parseRating(read.value.result, entry.id) : null;
  if (rating !== null) return { is: 'rated', rating };
  return { is: 'none', why: 'the record of its evaluation cannot be read' };
}
