// What the model is told: the prompt, its inputs behind it, and the system prompts before it.
import type { ChatMessage } from '../models/chat-types.ts';
import { attemptRecordSchema } from '../protocol/attempt.ts';
import type { AttemptRecord } from '../protocol/attempt.ts';
import { Fault } from '../protocol/fault.ts';
import type { PromptRequest } from '../protocol/prompt.ts';
import type { Disk } from '../store/disk.ts';
import { readRecord } from '../store/records.ts';
import { openReader } from './reader.ts';
import type { Reader } from './reader.ts';
import { feedbackOf, section, storyOf } from './story.ts';

/** `disk` has the folder of the batch as its root. */
export async function gather(request: PromptRequest, disk: Disk): Promise<ChatMessage[]> {
  const reader = openReader(request);
  const system = [
    ...(request.system_file === undefined ? [] : [await reader.read(request.system_file)]),
    ...(request.system === undefined ? [] : [request.system]),
  ];
  const parts = [
    reader.take(request.prompt ?? (await reader.read(request.prompt_file!)), 'the prompt'),
  ];
  for (const input of request.inputs) {
    if ('file' in input) parts.push(section(input.file, await reader.read(input.file)));
    else if ('attempt_of' in input) parts.push(...(await storyOf(input, request, reader)));
    else parts.push(...(await resultsOf(input, disk, reader)));
  }
  parts.push(...(await feedbackOf(request, reader)));
  const ask: ChatMessage = { role: 'user', content: parts.join('\n\n') };
  return system.length === 0 ? [ask] : [{ role: 'system', content: system.join('\n\n') }, ask];
}

const RECORD = /^([A-Za-z][\w-]*)\.a(\d+)\.json$/;

type ResultOf = Extract<PromptRequest['inputs'][number], { readonly result_of: string }>;

/** One section per completed task of that name, or per child of it. */
async function resultsOf(input: ResultOf, disk: Disk, reader: Reader): Promise<string[]> {
  const { result_of: name } = input;
  const others = new Set(input.siblings);
  const latest = new Map<string, number>();
  for (const file of (await disk.list('attempts')) ?? []) {
    const [, task = '', attempt = ''] = RECORD.exec(file) ?? [];
    if (task !== name && (!task.startsWith(`${name}_`) || others.has(task))) continue;
    latest.set(task, Math.max(latest.get(task) ?? 0, Number(attempt)));
  }
  const sections: string[] = [];
  for (const task of [...latest.keys()].toSorted()) {
    const path = `attempts/${task}.a${latest.get(task)!}.json`;
    const found = await readRecord(disk, path, attemptRecordSchema);
    if (found.is !== 'ok' || found.value.outcome !== 'complete') continue;
    sections.push(section(task, await resultText(found.value, reader)));
  }
  if (sections.length > 0) return sections;
  throw new Fault('PROMPT_INPUT', { path: name, problem: 'no task of this name has completed' });
}

/** What a prompt made is in its file; any other task says it in its last line. */
async function resultText({ task, result }: AttemptRecord, reader: Reader): Promise<string> {
  const file = result?.['output_file'];
  if (typeof file === 'string') return reader.read(file);
  return reader.take(JSON.stringify(result ?? null), `the result of ${task}`);
}
