// The manifest is the contract between the three scripts: scan writes it, `foreach` makes one child per
// `batch_size` of its packages, inspect gets those as items, aggregate reads it again to know what to expect.
import { byCodeUnit, sha256 } from './files.mjs';

// An id names the result file of a package, so it must be unique and safe on any file system, also on one
// that takes `A` and `a` for the same name. What is not gets a readable stub and a hash of its place.
export function assignIds(packages) {
  const taken = new Set();
  return packages.map(({ name, version, path }) => {
    const plain = `${name}@${version || 'unversioned'}`.replace('/', '+');
    const isSafe = /^[a-z0-9@][a-z0-9@+._-]{0,119}$/.test(plain) && !taken.has(plain);
    const stub = plain.replace(/[^A-Za-z0-9@+._-]+/g, '-').replace(/^[.-]+/, '');
    const id = isSafe ? plain : `${stub.slice(0, 80)}~${sha256(path).slice(0, 12)}`;
    taken.add(id);
    return id;
  });
}

export function buildManifest({ packages, skipped }) {
  const sorted = [...packages].sort(byPackage);
  const ids = assignIds(sorted);
  return {
    v: 1,
    packages: sorted.map(({ name, version, path, paths }, at) => {
      const item = { id: ids[at], name, version, path };
      return paths.length > 1 ? { ...item, also_at: paths.slice(1).sort(byCodeUnit) } : item;
    }),
    skipped: [...skipped].sort((a, b) => byCodeUnit(a.path, b.path)),
  };
}

export const byPackage = (a, b) =>
  byCodeUnit(a.name, b.name) || byCodeUnit(a.version, b.version) || byCodeUnit(a.path, b.path);
