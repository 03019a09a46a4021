// Decides the licence of one package from what was read of it. The order of belief: package.json, the licence
// file, the README. A text that contradicts package.json does not overrule it; the record says `conflict`, with
// both sides as evidence, and a person decides. What cannot be decided is `unknown`, never a guess.
import { familyOf } from './spdx.mjs';
import { withoutShadowed } from './classify.mjs';

// `declared` comes from readDeclared, `texts` are classified files with their role, `readme` from readReadme.
// Answers `{ license, source, isConflict, reason }`; `reason` explains an unknown.
export function decideLicense({ declared, texts, readme }) {
  const stated = stateOf(texts);
  const decision = decideByKind(declared, stated, texts, readme);
  const isContradicted =
    decision.isForeign === true ||
    (decision.source === 'package.json' && contradicts(decision, stated, readme));
  const isRestricted = stated.rider !== null && decision.license !== 'unknown';
  return { ...decision, isConflict: isContradicted || isRestricted };
}

function stateOf(texts) {
  const own = texts.filter(({ role }) => role === 'license');
  const notices = texts.filter(({ role }) => role === 'notice');
  const idsOf = (some) => withoutShadowed([...new Set(some.flatMap(({ ids }) => ids))]);
  const ids = idsOf(own).length > 0 ? idsOf(own) : idsOf(notices);
  return {
    ids,
    isDual: own.some(({ isDual }) => isDual),
    rider: own.find(({ rider }) => rider !== null)?.rider ?? null,
  };
}

function decideByKind(declared, stated, texts, readme) {
  switch (declared.kind) {
    case 'expression':
      return { license: declared.text, ids: declared.ids, source: 'package.json' };
    case 'proprietary':
      return { license: 'UNLICENSED', ids: [], source: 'package.json' };
    case 'file':
      return decideByNamedFile(declared.file, texts);
    case 'family':
      return decideByFamily(declared.family, stated, readme);
    default:
      return decideByText(stated, readme);
  }
}

function decideByNamedFile(file, texts) {
  const text = texts.find((one) => one.file === file.replace(/^\.\//, ''));
  if (text === undefined) return unknown(`package.json points to ${file}, which is not there`);
  return decideByText(stateOf([{ ...text, role: 'license' }]), null);
}

function decideByFamily({ member, fallback }, stated, readme) {
  const texts = stated.ids.length > 0 ? stated.ids : (readme?.ids ?? []);
  const members = texts.filter((id) => member.test(id));
  if (members.length === 1) return { license: members[0], ids: members, source: 'package.json' };
  // A text from outside of the family contradicts package.json, which names no single licence to keep.
  if (texts.length > 0) return { ...decideByText(stated, readme), isForeign: members.length === 0 };
  if (fallback !== undefined) return { license: fallback, ids: [fallback], source: 'package.json' };
  return unknown('package.json names a family of licences, and no text says which of them');
}

function decideByText(stated, readme) {
  if (stated.rider !== null) return unknown(`the licence file adds a "${stated.rider}"`);
  const [source, ids] =
    stated.ids.length > 0 ? ['license file', stated.ids] : ['readme', readme?.ids ?? []];
  if (ids.length === 1) return { license: ids[0], ids, source };
  if (ids.length === 0) return unknown('nothing in the package states a licence we know');
  if (stated.isDual) return { license: `(${ids.join(' OR ')})`, ids, source };
  return unknown(`several licences are stated (${ids.join(', ')}), and not how they combine`);
}

const unknown = (reason) => ({ license: 'unknown', ids: [], source: null, reason });

function contradicts({ ids }, stated, readme) {
  const others = stated.ids.length > 0 ? stated.ids : (readme?.ids ?? []);
  const families = new Set(ids.map(familyOf));
  return others.length > 0 && !others.some((id) => families.has(familyOf(id)));
}
