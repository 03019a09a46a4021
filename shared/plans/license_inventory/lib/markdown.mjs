// Strangers' words in our Markdown: a package may be called `**x**`, hold a line break in its version, or bring a
// licence text that is full of backticks. None of it may become markup.

export const inline = (text) =>
  text
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ')
    .replace(/[\\`*_[\]<>|~#&]/g, '\\$&');

export const link = (text, address) =>
  address === undefined
    ? inline(text)
    : `[${inline(text)}](<${address.replace(/[<>\s]/g, encodeURI)}>)`;

// A fence longer than any run of backticks in the text.
export function fenced(text) {
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  return `${fence}text\n${text}\n${fence}`;
}

export const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
