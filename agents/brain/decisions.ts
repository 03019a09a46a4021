// Everything the brain can decide. A decision is plain data: decide() answers a list of them, apply()
// carries each out, and the decision log prints them with their reasons.
import type { ClaimName, Counts, FailedName, QueueName } from '../protocol/lane-name.ts';
import type { MetaVerb } from './memory.ts';
import type { TaskSignal } from '../protocol/signal.ts';
import type { Rating, Subject, ThoughtVerb } from '../protocol/thought.ts';
import type { FailedReason } from '../protocol/words.ts';

/** Where the record of a thought lies. */
export interface ThoughtName {
  readonly batch: string;
  readonly task: string;
  readonly attempt: number;
}

export type Decision =
  /** Put a waiting task in the queue, begin it when the brain itself runs it, or write it anew there. */
  | {
      readonly is: 'release' | 'begin' | 'restore';
      readonly batch: string;
      readonly task: string;
      readonly to: QueueName;
      readonly reason: string;
    }
  | {
      readonly is: 'retry';
      readonly batch: string;
      readonly task: string;
      readonly from: FailedName;
      readonly to: QueueName;
      readonly reason: string;
    }
  /** Back to private_tasks: the brain's own tasks are retried from there. */
  | {
      readonly is: 'revive';
      readonly batch: string;
      readonly task: string;
      readonly from: FailedName;
      readonly counts: Counts;
      readonly reason: string;
    }
  | {
      readonly is: 'requeue';
      readonly batch: string;
      readonly task: string;
      readonly from: ClaimName;
      readonly to: QueueName;
      readonly reason: string;
    }
  /** The losses of a claimed task are used up. */
  | {
      readonly is: 'lose';
      readonly batch: string;
      readonly task: string;
      readonly from: ClaimName;
      readonly reason: string;
    }
  | {
      readonly is: 'skip' | 'cancel' | 'fail';
      readonly batch: string;
      readonly task: string;
      /** Its lane; none yet for a child that was never released, `failed` while it waits for a retry. */
      readonly from: QueueName | 'private' | 'none' | 'failed';
      readonly counts: Counts;
      readonly as: FailedReason;
      readonly reason: string;
    }
  | {
      readonly is: 'recall';
      readonly batch: string;
      readonly task: string;
      readonly from: QueueName;
      readonly reason: string;
    }
  /** Correct a definition error: the task re-enters privately, behind its dependencies. */
  | { readonly is: 'fix'; readonly batch: string; readonly task: string; readonly reason: string }
  /** Read the manifest of a foreach and freeze its children. */
  | {
      readonly is: 'expand';
      readonly batch: string;
      readonly task: string;
      readonly reason: string;
    }
  /** All children of a template have ended. `as` null: complete. */
  | {
      readonly is: 'close';
      readonly batch: string;
      readonly task: string;
      readonly as: FailedReason | null;
      readonly reason: string;
    }
  /** A wish: its task is added to the brain's own batch, and released like all others. */
  | {
      readonly is: 'wish';
      readonly verb: MetaVerb;
      readonly batch: string;
      readonly task: string;
      readonly model: string;
      readonly agent: string;
      /** What an unload makes room for. */
      readonly for?: string;
      /** Of a split load. */
      readonly partners?: readonly string[];
      readonly reason: string;
    }
  /** Keep the card of `agent` free for `owner`, which loads a model on several; and end that again. */
  | {
      readonly is: 'lend';
      readonly batch: string;
      readonly agent: string;
      readonly owner: string;
      readonly model: string;
      readonly reason: string;
    }
  | {
      readonly is: 'take_back';
      readonly batch: string;
      readonly agent: string;
      readonly reason: string;
    }
  /** A wish of another kind: to ask the model of the role brain about an attempt. */
  | {
      readonly is: 'think';
      readonly verb: ThoughtVerb;
      readonly batch: string;
      readonly task: string;
      readonly about: Subject;
      readonly reason: string;
    }
  /** What was made counts, or it does not and the attempt has failed. */
  | {
      readonly is: 'approve' | 'disapprove';
      readonly batch: string;
      readonly task: string;
      readonly from: FailedName;
      /** Null when there could be none. */
      readonly rating: Rating | null;
      readonly reason: string;
    }
  /** Write the summary and close the batch. */
  | {
      readonly is: 'summarise';
      readonly batch: string;
      /** The thoughts that say why tasks failed, by the attempt that each is about. */
      readonly diagnoses?: Readonly<Record<string, ThoughtName>>;
      readonly reason: string;
    }
  | {
      readonly is: 'signal';
      readonly batch: string;
      readonly task: string;
      readonly verb: TaskSignal;
      readonly claim: ClaimName;
      readonly by: 'operator' | 'brain';
      readonly reason: string;
    }
  | {
      readonly is: 'escalate';
      readonly batch: string;
      readonly task: string;
      readonly claim: ClaimName;
      readonly reason: string;
    };
