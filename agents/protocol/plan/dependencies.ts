// Entries of `depends_on`: the name of a task (all of its children, when it is a template), or
// `name_{ITEM.id}`, the one child that has the same item.

export type Dependency =
  | { readonly kind: 'task'; readonly name: string }
  | { readonly kind: 'item'; readonly template: string };

const PER_ITEM = /^(.*)_\{ITEM\.id\}$/;

/** Any text without braces is taken for a name: whether there is such a task is checked elsewhere. */
export function parseDependency(text: string): Dependency {
  const template = PER_ITEM.exec(text)?.[1];
  return template === undefined ? { kind: 'task', name: text } : { kind: 'item', template };
}

export function dependencyName(dependency: Dependency): string {
  return dependency.kind === 'task' ? dependency.name : dependency.template;
}
