// The places a package names on the web, as plain https addresses. What is no web address is dropped: the
// value goes into a Markdown link of a page that people click on.

const HOSTS = { github: 'github.com', gitlab: 'gitlab.com', bitbucket: 'bitbucket.org' };

export function webAddress(value) {
  const text = typeof value === 'object' && value !== null ? value.url : value;
  if (typeof text !== 'string' || text.length > 1000) return null;
  const short = /^(?:(github|gitlab|bitbucket):)?([\w.-]+\/[\w.-]+?)(?:\.git)?(?:#.*)?$/.exec(text);
  if (short !== null) return `https://${HOSTS[short[1] ?? 'github']}/${short[2]}`;
  const plain = text
    .trim()
    .replace(/^git\+/, '')
    .replace(/^(?:ssh:\/\/)?git@([^:/]+)[:/]/, 'https://$1/')
    .replace(/^(git|ssh):\/\//, 'https://');
  try {
    const url = new URL(plain);
    if (url.protocol !== 'https:' && url.protocol !== 'http:') return null;
    // A password in a published address is no reason to publish it again.
    url.username = url.password = '';
    return url.href.replace(/\.git(#.*)?$/, '').replace(/\/$/, '');
  } catch {
    return null;
  }
}
