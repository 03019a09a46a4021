// Where a text stops being JSON, for people who correct it by hand. V8 names a position for some
// mistakes only; so the longest beginning that could still become JSON is searched for instead.

/** What is wrong, without V8's excerpt of the text, and the offset of the first wrong character. */
export function explainJson(text: string, error: Error): { problem: string; offset: number } {
  const problem = error.message.replace(/(, (\.\.\.)?"| in JSON at| after JSON at).*$/s, '');
  let [good, bad] = [0, text.length + 1];
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (mayBecomeJson(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return { problem, offset: good };
}

/** Whether the parser found nothing to blame but the end. */
function mayBecomeJson(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const position = /position (\d+)/.exec(message)?.[1];
    return message.startsWith('Unexpected end') || Number(position) === beginning.length;
  }
}
