// A file is replaced again and again by one process; the other one must always find it, and find it whole.
import { errnoOf } from '../../agents/protocol/errno.ts';
import type { Store } from '../../agents/store/store.ts';
import { publish } from '../../agents/store/store.ts';
import { ok, refused, warning } from './check.ts';
import type { Check } from './check.ts';
import { ask } from './meeting.ts';
import type { Meeting } from './meeting.ts';

const COUNT = 150;
const BYTES = 8192;

const pathOf = (folder: string, round: string): string => `${folder}/replaced-${round}`;
/** Whole when it has its length and one letter only. */
const textOf = (number: number): string => String.fromCodePoint(97 + (number % 26)).repeat(BYTES);
const isWhole = (text: string): boolean =>
  text.length === BYTES && text === text.charAt(0).repeat(BYTES);

export async function replaceOften(
  { store, folder }: Meeting,
  round: string,
  count: number,
): Promise<void> {
  for (let number = 1; number <= count; number++) {
    await publish(store, pathOf(folder, round), textOf(number));
  }
}

interface Looks {
  readonly looks: number;
  readonly missing: number;
  readonly torn: number;
}

async function watchReplacing(
  meeting: Meeting,
  round: string,
  look: (store: Store, path: string) => Promise<'whole' | 'missing' | 'torn'>,
): Promise<Looks> {
  const { store, folder } = meeting;
  await publish(store, pathOf(folder, round), textOf(0));
  const { started, answer } = ask(meeting, { do: 'replace', count: COUNT, round });
  await started();
  const over = new AbortController();
  const ending = answer.finally(() => over.abort());
  ending.catch(() => undefined);
  const seen = { whole: 0, missing: 0, torn: 0 };
  while (!over.signal.aborted) seen[await look(store, pathOf(folder, round))] += 1;
  await ending;
  return { looks: seen.whole + seen.missing + seen.torn, ...seen };
}

export async function examineReplacing(meeting: Meeting): Promise<Check> {
  const check = 'rename while others look';
  const advice = 'A reader may find a heartbeat gone or cut. Use a local file system or NFS 4.2.';
  // Without opening it: an NFS client that has a file open moves it aside before it is replaced.
  const names = await watchReplacing(meeting, 'name', async ({ disk }, path) => {
    try {
      return (await disk.stat(path)) === null ? 'missing' : 'whole';
    } catch (error) {
      // What it stood for was replaced during the look, each time it was asked: the name was there.
      if (errnoOf(error) === 'ESTALE') return 'whole';
      throw error;
    }
  });
  if (names.missing > 0) {
    return refused(check, `the name was gone in ${names.missing} of ${names.looks} looks`, advice);
  }
  const texts = await watchReplacing(meeting, 'text', async ({ disk }, path) => {
    // What cannot be read because it was replaced meanwhile is as good as gone.
    const text = await disk.read(path, 2 * BYTES).catch(() => null);
    return text === null ? 'missing' : isWhole(text) ? 'whole' : 'torn';
  });
  if (texts.torn > 0) {
    return refused(check, `the file was cut in ${texts.torn} of ${texts.looks} looks`, advice);
  }
  if (texts.missing > 0) {
    const found = `gone in ${texts.missing} of ${texts.looks} looks while it was open elsewhere`;
    return warning(check, found, 'That is how NFS replaces open files; tutti looks again.');
  }
  const looks = names.looks + texts.looks;
  return ok(check, `${2 * COUNT} times, and each of ${looks} looks found it whole`);
}
