// docs/ERRORS.md from the registry. Pure: the registry in, the page out.
import type { ErrorEntry } from '../../agents/protocol/errors.ts';
import { Fault, renderFault } from '../../agents/protocol/fault.ts';

const EXAMPLE = new Fault(
  'CONFIG_INVALID',
  { problem: 'retry: Unrecognized key: "attemps"' },
  { file: 'config.json' },
);

const HEAD = `# Errors

Every refusal of tutti prints the place, a sentence, its code in brackets, and below it what to do:

\`\`\`text
${renderFault(EXAMPLE)}
\`\`\`

This page lists every code there is. It is generated from \`agents/protocol/errors.ts\` by
\`npm run docs\`, and a test holds the two together. \`{name}\` stands for what was found. A code keeps its
meaning once it is published. *Retryable* means that the same call may succeed later without a change.
`;

const escape = (text: string): string => text.replaceAll(/[<>*]/g, String.raw`\$&`);

function renderEntry(code: string, { message, advice, isRetryable }: ErrorEntry): string {
  const lines = [
    `## ${code}`,
    `> ${escape(message)}`,
    escape(advice),
    isRetryable ? 'Retryable.' : 'Not retryable.',
  ];
  return lines.join('\n\n');
}

/** The codes in alphabetical order, because a reader comes with a code in hand. */
export function renderErrors(registry: Readonly<Record<string, ErrorEntry>>): string {
  const codes = Object.keys(registry).toSorted();
  return `${[HEAD.trim(), ...codes.map((code) => renderEntry(code, registry[code]!))].join('\n\n')}\n`;
}
