// A word that another interpreter will read as code: the quoting of this shell ends with this shell.
import type { Variable } from './template.ts';

const START = String.raw`(?:^|[\s;&|(])(?:[^\s;&|(]*/)?`;
const SHELL = String.raw`(?:ba|da|z|k|a)?sh(?:\s+[-+]?\w+)*?\s+-\w*c`;
const LANGUAGE = String.raw`(?:python[\d.]*(?:\s+-\w+)*?\s+-\w*c|(?:perl|ruby)(?:\s+-\w+)*?\s+-\w*[eE]|node(?:\s+-\w+)*?\s+(?:-[ep]+|--eval|--print)|php\s+-r)`;
const INTERPRETER = new RegExp(String.raw`${START}(?:${SHELL}|${LANGUAGE})(?:\s+|=)?$`);
const EVAL = new RegExp(String.raw`${START}(?:eval|let|trap)\s[^;&|\n]*$`);

/** Names that tutti itself gives: they come from no item and no input. */
const OWN: ReadonlySet<string> = new Set(['BATCH_ID', 'BATCH_PATH', 'PLAN_PATH', 'ITEMS_PATH']);

/** `wordOffset` is where the shell word around the variable begins. */
export function isCode(template: string, wordOffset: number, variable: Variable): boolean {
  if (OWN.has(variable.name)) return false;
  const lineStart = template.lastIndexOf('\n', wordOffset - 1) + 1;
  const before = template.slice(lineStart, wordOffset);
  const word = template.slice(wordOffset, variable.offset);
  // `perl -e'…'` and `node --eval=…` have their code in the same word as the option.
  const option = /^(?:-\w*(?=['"])|--\w+=)/.exec(word)?.[0] ?? '';
  return INTERPRETER.test(before + option) || EVAL.test(before);
}
