// The batch that is played at every crash point: small, and with a step of every kind in it. Each command
// notes the attempt it was, so that an attempt that runs twice shows.
import { planText } from '../helpers/plan-text.ts';

const NOTE = 'echo "a$TUTTI_ATTEMPT" >> {BATCH_PATH}/results/$TUTTI_TASK_ID.runs';

/** `cardClass`: the class of the tasks that a card takes before a CPU does. */
export const planOf = (cardClass: 'script' | 'cpu'): string =>
  planText({
    list: { command: `${NOTE}; printf '{"id":1}\\n{"id":2}\\n' > {BATCH_PATH}/items.jsonl` },
    each: {
      command: `${NOTE}; echo {ITEM.id} > {BATCH_PATH}/results/{ITEM.id}`,
      task_class: cardClass,
      foreach: '{BATCH_PATH}/items.jsonl',
      depends_on: 'list',
    },
    flaky: { command: `${NOTE}; [ "$TUTTI_ATTEMPT" -ge 2 ]`, task_class: cardClass, retries: 3 },
    own: { command: NOTE, executor: 'brain', depends_on: 'flaky' },
    doomed: { command: `${NOTE}; exit 3`, retries: 0 },
    after_doomed: { command: NOTE, depends_on: 'doomed' },
  });
