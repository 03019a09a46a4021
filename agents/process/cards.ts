// Which cards this host has, asked once of nvidia-smi. A host without the program has no cards; a
// program that fails or hangs means that nobody knows, which is not the same (docs/ARCHITECTURE.md, rule 10).
import { execFile } from 'node:child_process';

export interface ListedCard {
  readonly uuid: string;
  readonly name: string | null;
  /** MiB; null when the card does not say. */
  readonly vramTotalMib: number | null;
}

export type CardList =
  | { readonly is: 'ok'; readonly cards: readonly ListedCard[] }
  /** There is no nvidia-smi on the PATH. */
  | { readonly is: 'absent' }
  | { readonly is: 'failed'; readonly problem: string };

const QUERY = ['--query-gpu=uuid,name,memory.total', '--format=csv,noheader,nounits'];

/** In the order of nvidia-smi. `timeoutMs`: it hangs when a card falls off the bus. */
export function listCards(timeoutMs: number): Promise<CardList> {
  return new Promise((resolve) => {
    const options = { timeout: timeoutMs, killSignal: 'SIGKILL', encoding: 'utf8' } as const;
    execFile('nvidia-smi', QUERY, options, (error, stdout, stderr) => {
      if (error === null) return resolve(parseCards(stdout));
      if (error.code === 'ENOENT') return resolve({ is: 'absent' });
      const said = `${stderr}${stdout}`.trim().split('\n')[0] ?? '';
      const problem = error.killed === true ? `no answer within ${timeoutMs} ms` : said;
      // It also exits with an error when the driver is installed and no card is.
      if (/no devices were found/i.test(said)) return resolve({ is: 'ok', cards: [] });
      return resolve({ is: 'failed', problem: problem === '' ? error.message : problem });
    });
  });
}

function parseCards(text: string): CardList {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.some((line) => /no devices were found/i.test(line))) return { is: 'ok', cards: [] };
  const cards = lines.map(parseCard);
  const wrong = lines.find((_, index) => cards[index] === null);
  return wrong === undefined
    ? { is: 'ok', cards: cards.filter((card) => card !== null) }
    : { is: 'failed', problem: `a line that is no card: ${wrong}` };
}

/** The name may hold commas, the UUID and the memory cannot. */
function parseCard(line: string): ListedCard | null {
  const match = /^(GPU-[^,\s]+|MIG-[^,\s]+)\s*,(.*),([^,]*)$/.exec(line.trim());
  if (match === null) return null;
  const [, uuid, name, memory] = match.map((part) => part.trim());
  return {
    uuid: uuid!,
    name: name === '' || name!.startsWith('[') ? null : name!,
    vramTotalMib: /^\d+$/.test(memory!) ? Number(memory) : null,
  };
}
