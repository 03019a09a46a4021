// Parses the names of a lane, listing after listing. Most names of a listing were in the one before it, and
// a name never means anything else: each is parsed once for as long as it stays.

export type NameReader<Name> = (files: readonly string[]) => Name[];

/** What does not follow the grammar is left out. */
export function openNameReader<Name>(parse: (file: string) => Name | null): NameReader<Name> {
  let known: ReadonlyMap<string, Name | null> = new Map();
  return (files) => {
    const now = new Map<string, Name | null>();
    const names: Name[] = [];
    for (const file of files) {
      const kept = known.get(file);
      const name = kept === undefined ? parse(file) : kept;
      now.set(file, name);
      if (name !== null) names.push(name);
    }
    known = now;
    return names;
  };
}
