// The batches of a soak, and what must become of them. Every command writes what can be derived from the
// id of its task, and notes the attempt it was, so that a missing run and a run of the same attempt twice
// both show. A command that meets a full disk says "not now".
import { planText } from '../helpers/plan-text.ts';

/** More than any soak uses up: a task that can pass must pass. */
const RETRIES = 1000;
const LINES = 100;

const NOTE = '|| exit 75\n';

function eachCommand(): string {
  return [
    `cd {BATCH_PATH}/results ${NOTE}`,
    `id={ITEM.id}`,
    `echo "a$TUTTI_ATTEMPT" >> "each-$id.runs" ${NOTE}`,
    `sleep $((id % 4)).$((id % 5))`,
    `seq "$id" "$((id + ${LINES}))" > "each-$id.$TUTTI_ATTEMPT" ${NOTE}`,
    `mv "each-$id.$TUTTI_ATTEMPT" "each-$id" ${NOTE}`,
  ].join('\n');
}

/** Reads what its `each` wrote: it fails when it starts too early. */
function pairCommand(): string {
  return [
    `cd {BATCH_PATH}/results ${NOTE}`,
    `id={ITEM.id}`,
    `echo "a$TUTTI_ATTEMPT" >> "pair-$id.runs" ${NOTE}`,
    `[ -s "each-$id" ] || { echo "started before each-$id" >> early; exit 1; }`,
    `{ echo "pair $id"; cat "each-$id"; } > "pair-$id.$TUTTI_ATTEMPT" ${NOTE}`,
    `mv "pair-$id.$TUTTI_ATTEMPT" "pair-$id" ${NOTE}`,
  ].join('\n');
}

function listCommand(items: number): string {
  return [
    `cd {BATCH_PATH} ${NOTE}`,
    `for id in $(seq ${items}); do echo "{\\"id\\":$id}"; done > "items.$TUTTI_ATTEMPT" ${NOTE}`,
    `mv "items.$TUTTI_ATTEMPT" items.jsonl ${NOTE}`,
  ].join('\n');
}

function gatherCommand(items: number): string {
  return [
    `cd {BATCH_PATH}/results ${NOTE}`,
    `for id in $(seq ${items}); do cat "pair-$id" ${NOTE} done > "gather.$TUTTI_ATTEMPT" ${NOTE}`,
    `mv "gather.$TUTTI_ATTEMPT" gather ${NOTE}`,
  ].join('\n');
}

export function planOf(items: number): string {
  const foreach = '{BATCH_PATH}/items.jsonl';
  return planText({
    list: { command: listCommand(items), retries: RETRIES },
    each: { command: eachCommand(), foreach, depends_on: 'list', retries: RETRIES },
    pair: {
      command: pairCommand(),
      task_class: 'script',
      vram_estimate_mb: 512,
      foreach,
      depends_on: 'list, each_{ITEM.id}',
      retries: RETRIES,
    },
    gather: { command: gatherCommand(items), depends_on: 'pair', retries: RETRIES },
    doomed: { command: 'exit 3', retries: 1 },
    after_doomed: { command: 'true', depends_on: 'doomed' },
  });
}

const eachText = (id: number): string =>
  Array.from({ length: LINES + 1 }, (_, index) => `${id + index}\n`).join('');
const pairText = (id: number): string => `pair ${id}\n${eachText(id)}`;

/** Every file that the completed tasks of a batch must have written, with its content. */
export function resultsOf(
  items: number,
  isComplete: (task: string) => boolean,
): Map<string, string> {
  const ids = Array.from({ length: items }, (_, index) => index + 1);
  const files = new Map<string, string>();
  for (const id of ids) {
    if (isComplete(`each_${id}`)) files.set(`each-${id}`, eachText(id));
    if (isComplete(`pair_${id}`)) files.set(`pair-${id}`, pairText(id));
  }
  if (isComplete('gather')) files.set('gather', ids.map(pairText).join(''));
  return files;
}

/**
 * The tasks that must complete, and those that must not, when exactly the tasks in `ended` were ended for
 * good by a signal of ours.
 */
export function expectedOf(items: number, ended: ReadonlySet<string>): Map<string, boolean> {
  const expected = new Map<string, boolean>();
  const set = (task: string, isReady: boolean): boolean => {
    const isComplete = isReady && !ended.has(task);
    expected.set(task, isComplete);
    return isComplete;
  };
  const isListed = set('list', true);
  let areEach = isListed;
  let arePairs = isListed;
  const children = isListed ? items : 0;
  for (let id = 1; id <= children; id++) {
    const isEach = set(`each_${id}`, true);
    const isPair = set(`pair_${id}`, isEach);
    areEach &&= isEach;
    arePairs &&= isPair;
  }
  expected.set('each', areEach);
  expected.set('pair', arePairs);
  set('gather', arePairs);
  expected.set('doomed', false);
  expected.set('after_doomed', false);
  set('batch_summary', true);
  return expected;
}
