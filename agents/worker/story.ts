// What a model is shown of an attempt: the task as its plan has it, what it was asked, how it ended, and what it made.
// Only excerpts, and what is not there is left out: a thought that knows less is better than none.
import { resolve } from 'node:path';
import { readHostExcerpt } from '../process/host-text.ts';
import { attemptRecordSchema } from '../protocol/attempt.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import type { PromptRequest } from '../protocol/prompt.ts';
import type { Reader } from './reader.ts';

type AttemptOf = Extract<PromptRequest['inputs'][number], { readonly attempt_of: string }>;
type Limits = Pick<PromptRequest, 'batch_path' | 'excerpt_bytes_max' | 'input_bytes_max'>;

export const section = (title: string, text: string): string => `--- ${title} ---\n${text.trim()}`;

export async function storyOf(
  { attempt_of: task, heading, attempt, folder }: AttemptOf,
  { excerpt_bytes_max: bytesMax, input_bytes_max: wholeMax }: Limits,
  reader: Reader,
): Promise<string[]> {
  const stem = `${folder}/attempts/${task}.a${attempt}`;
  const plan = await readHostExcerpt(`${folder}/plan.md`, wholeMax);
  const record = parseRecord(await readHostExcerpt(`${stem}.json`, wholeMax));
  const asked = parseRequest(await readHostExcerpt(`${stem}.prompt.json`, wholeMax));
  const made = record?.result?.['output_file'];
  const file = typeof made === 'string' ? resolve(folder, made) : null;
  const output = file === null ? null : await readHostExcerpt(file, bytesMax);
  const log =
    output === null
      ? await readHostExcerpt(`${folder}/logs/${task}.a${attempt}.log`, bytesMax)
      : null;
  const parts: [string, string | null][] = [
    ['the task', plan === null ? null : await definitionIn(plan, heading)],
    ['what it was asked', asked?.prompt ?? null],
    ['how it ended', record === null ? 'It left no record.' : endOf(record)],
    ['what it made', output],
    ['what it printed', log],
  ];
  return parts
    .filter(([, text]) => text !== null && text.trim() !== '')
    .map(([title, text]) => section(title, reader.take(cut(text!, bytesMax), title)));
}

/** The lines of its heading, as people wrote them. */
async function definitionIn(text: string, heading: string): Promise<string | null> {
  // Most prompts need no parser.
  const { parsePlan } = await import('../protocol/plan/parse.ts');
  try {
    const { tasks } = parsePlan(text, 'plan.md');
    const at = tasks.findIndex(({ name }) => name === heading);
    const first = tasks[at]?.place.line;
    if (first === undefined) return null;
    const lines = text.split('\n');
    const next =
      tasks[at + 1]?.place.line ??
      lines.findIndex((line, n) => n >= first && line.startsWith('## ')) + 1;
    return lines.slice(first - 1, next > first ? next - 1 : lines.length).join('\n');
  } catch {
    return null;
  }
}

function endOf({ outcome, exit_code, message }: AttemptRecord): string {
  const code = exit_code === null ? '' : `, exit status ${exit_code}`;
  return `${outcome}${code}: ${message}`;
}

function parseRecord(text: string | null): AttemptRecord | null {
  const value = parseJson(text);
  const read = attemptRecordSchema.safeParse(value);
  return read.success ? read.data : null;
}

/** A prompt that lay in a file is named by its path. */
function parseRequest(text: string | null): { readonly prompt: string } | null {
  const { prompt, prompt_file } = (parseJson(text) ?? {}) as Record<string, unknown>;
  const shown = prompt ?? prompt_file;
  return typeof shown === 'string' ? { prompt: shown } : null;
}

function parseJson(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

const cut = (text: string, charsMax: number): string =>
  text.length <= charsMax ? text : `${text.slice(0, charsMax)}\n[the rest is left out]`;

/** For an attempt that follows one whose output was not good enough: that output, and what was wrong with it. */
export async function feedbackOf(
  { feedback, output_file, ...limits }: Limits & Pick<PromptRequest, 'feedback' | 'output_file'>,
  reader: Reader,
): Promise<string[]> {
  if (feedback === undefined) return [];
  const path = resolve(limits.batch_path, output_file);
  const before = await readHostExcerpt(path, limits.excerpt_bytes_max);
  const title = `your last answer, which was rated ${feedback.rating} of 5`;
  return [
    ...(before === null ? [] : [section(title, reader.take(before, title))]),
    section(
      'what was wrong with it; answer anew and better',
      reader.take(feedback.feedback, 'feedback'),
    ),
  ];
}
