// What a command of a simulated plan does. It stands in the command itself, so that it takes the way of
// every command: through the parser, the task file, the variables and the shim.
export interface Performance {
  readonly durationMs: number;
  /** Exit status of the first `fails` runs; later ones end with 0. */
  readonly code: number;
  readonly fails: number;
  readonly ignoresTerm: boolean;
  /** How long a process that it left in its group lives on. */
  readonly straysMs: number;
  readonly manifest: { readonly path: string; readonly text: string } | null;
}

export interface Written extends Omit<Performance, 'manifest'> {
  readonly manifest: { readonly path: string; readonly items: number } | null;
}

export const ALWAYS = 9999;

export function writePerformance(p: Written): string {
  const words = [
    'play',
    p.durationMs,
    p.code,
    p.fails,
    p.ignoresTerm ? 'stubborn' : 'meek',
    p.straysMs,
  ];
  if (p.manifest !== null) words.push(p.manifest.path, p.manifest.items);
  return words.join(' ');
}

export function parsePerformance(script: string): Performance {
  const words = script.replaceAll(/['"]/g, '').split(' ');
  const [, durationMs, code, fails, term, straysMs, path, items] = words;
  return {
    durationMs: Number(durationMs),
    code: Number(code),
    fails: Number(fails),
    ignoresTerm: term === 'stubborn',
    straysMs: Number(straysMs),
    manifest: path === undefined ? null : { path, text: manifestText(Number(items)) },
  };
}

const manifestText = (items: number): string =>
  JSON.stringify({ items: Array.from({ length: items }, (_, index) => ({ id: String(index) })) });
