// Refuses early and in plain words what the permission file denies. It reads the text of the command
// and nothing else: a script in a file, an alias or `$X` pass unseen, so the sandbox is the guarantee.
import { isWritable } from './grants.ts';
import type { Grant } from './grants.ts';
import { fillPattern } from '../protocol/permission.ts';
import type { PathValues, Permissions } from '../protocol/permission.ts';
import { rememberPerBatch } from './remember.ts';
import { simpleCommands } from './shell-words.ts';
import type { SimpleCommand } from './shell-words.ts';

export type Verdict =
  | { readonly is: 'allowed' }
  | {
      readonly is: 'denied';
      /** The simple command as it was read. */
      readonly command: string;
      /** Where the rule stands: `commands.deny[2]`, `commands.allow`, `write`. */
      readonly rule: string;
      readonly reason: string;
    };

const RESERVED = new Set(['if', 'then', 'else', 'elif', 'do', 'while', 'until', '!', '{', 'time']);
const NO_COMMAND = new Set(['for', 'case', 'esac', 'done', 'fi', '}', 'in', ';;']);
const WRAPPERS =
  /^(sudo|doas|env|nohup|exec|command|builtin|nice|ionice|setsid|timeout|xargs|stdbuf|chroot|flock|strace|busybox)$/;
const SHELLS = /^(sh|bash|dash|ash|ksh|zsh|busybox)$/;
const NESTING_MAX = 8;

const rulesOf = rememberPerBatch(({ commands: { allow, deny } }, values) => ({
  allowed: allow.map((pattern) => fillPattern(`^(?:${pattern})$`, values)),
  denied: deny.map(({ pattern }) => fillPattern(pattern, values)),
}));

export function checkCommand(
  script: string,
  permissions: Permissions,
  values: PathValues,
  grants: readonly Grant[],
): Verdict {
  const { deny } = permissions.commands;
  const { allowed, denied } = rulesOf(permissions, values);
  for (const { words, writes } of nestedCommands(script, 0)) {
    const command = words.join(' ');
    const lines = [command, ...wrapped(words), ...writes.map((path) => `${command} > ${path}`)];
    const index = denied.findIndex((rule) => lines.some((line) => rule?.test(line) === true));
    if (index !== -1) {
      return {
        is: 'denied',
        command,
        rule: `commands.deny[${index}]`,
        reason: deny[index]!.reason,
      };
    }
    if (command !== '' && allowed.length > 0 && !allowed.some((rule) => rule?.test(command))) {
      const reason = 'no rule of the permission file allows it';
      return { is: 'denied', command, rule: 'commands.allow', reason };
    }
    // Only a literal absolute path can be judged here.
    const outside = writes.find((path) => /^\/[^$`*?]*$/.test(path) && !isWritable(path, grants));
    if (outside !== undefined) {
      return { is: 'denied', command, rule: 'write', reason: `${outside} is not writable for it` };
    }
  }
  return { is: 'allowed' };
}

/** All simple commands with their keywords and assignments taken off, those inside `sh -c '…'` and `eval` included. */
function nestedCommands(script: string, depth: number): SimpleCommand[] {
  return simpleCommands(script).flatMap(({ words, writes }) => {
    const start = words.findIndex((word) => !RESERVED.has(word) && !/^[A-Za-z_]\w*\+?=/.test(word));
    const [name, ...rest] = start === -1 ? [] : words.slice(start);
    if (name === undefined || NO_COMMAND.has(name))
      return writes.length > 0 ? [{ words: [], writes }] : [];
    const own = { words: [baseName(name), ...rest], writes };
    const inner = depth < NESTING_MAX ? innerScript(own.words) : undefined;
    return inner === undefined ? [own] : [own, ...nestedCommands(inner, depth + 1)];
  });
}

const baseName = (word: string): string => word.slice(word.lastIndexOf('/') + 1) || word;

function innerScript(words: readonly string[]): string | undefined {
  if (words[0] === 'eval') return words.slice(1).join(' ');
  const shell = words.findIndex((word) => SHELLS.test(baseName(word)));
  const option = words.findIndex((word, index) => index > shell && /^-[a-z]*c$/.test(word));
  const isShell = shell === 0 || (shell > 0 && WRAPPERS.test(words[0]!));
  return isShell && option !== -1 ? words[option + 1] : undefined;
}

/** The options of a wrapper are many: each of its words may begin the wrapped command. */
function wrapped(words: readonly string[]): string[] {
  if (!WRAPPERS.test(words[0] ?? '')) return [];
  return words.slice(1).map((word, index) => [baseName(word), ...words.slice(index + 2)].join(' '));
}
