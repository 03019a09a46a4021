// All rules, and the exemptions applied to what they find.
import { bannedCalls, purity } from './calls.ts';
import { EXEMPTIONS } from './house.ts';
import type { Exemption } from './house.ts';
import { cycles, importTable, planScripts } from './imports.ts';
import { lockComplete, lockHosts } from './lock.ts';
import { testMirror, testNames } from './mirror.ts';
import { commentShare, fileLength, functionLength, medianLength } from './size.ts';
import type { Breach, File, Rule } from './source.ts';
import { comments, fileNames, machinePaths, references, vagueNames } from './words.ts';

export const RULES = {
  importTable,
  planScripts,
  cycles,
  purity,
  bannedCalls,
  fileLength,
  medianLength,
  functionLength,
  commentShare,
  vagueNames,
  fileNames,
  comments,
  references,
  machinePaths,
  lockHosts,
  lockComplete,
  testMirror,
  testNames,
} as const satisfies Record<string, Rule>;

export type RuleName = keyof typeof RULES;

const covers = (exemption: Exemption, { file, rule }: Breach): boolean =>
  exemption.rule === rule &&
  (exemption.path.endsWith('/') ? file.startsWith(exemption.path) : file === exemption.path);

export interface Verdict {
  readonly breaches: readonly Breach[];
  /** Exemptions that covered nothing. */
  readonly unused: readonly Exemption[];
}

export function judge(rule: Rule, files: readonly File[], exemptions = EXEMPTIONS): Verdict {
  const found = rule(files);
  return {
    breaches: found.filter((breach) => !exemptions.some((one) => covers(one, breach))),
    unused: exemptions.filter((one) => !found.some((breach) => covers(one, breach))),
  };
}
