// The copyright lines of a text: the sentence that most licences require to be kept. Lines of a template
// ("Copyright (c) <year> <owner>"), sentences about copyright, and the notice of the licence text's own author
// (the FSF wrote the GPL, not the package) are none.

const LINES_MAX = 50;
const LENGTH_MAX = 300;
const CLAIM = /^(copyright\b|©|\(c\)\s*(copyright|\d{4}))/i;
const SENTENCE =
  /^copyright (notices?|holders?|owners?|law|license|licence|interest|and|in|to|or|statement|disclaimer|is|may|shall|act|treat|protect)\b|["”] (means|shall)/i;
const TEMPLATE = /[[<{](yyyy|year|name|fullname|copyright|date|author|owner)|\byyyy\b/i;
const OF_THE_TEXT =
  /free software foundation,? inc|creative commons|mozilla foundation.*license|sam hocevar.*sam@hocevar/i;

// A line without comment marks and layout. What is too long to be a claim is not even looked at.
function bareLine(line) {
  if (line.length > LENGTH_MAX) return '';
  return line.replace(/^[\s*#>/;|-]+|[\s*|]+$/g, '').replace(/\s+/g, ' ');
}

export function copyrightLines(text) {
  const lines = text
    .split('\n')
    .map(bareLine)
    // "Copyright (c) 2011:" goes on in the next lines; such a list stays whole, in the text.
    .filter((line) => CLAIM.test(line) && !line.endsWith(':'))
    .filter((line) => !SENTENCE.test(line) && !TEMPLATE.test(line) && !OF_THE_TEXT.test(line))
    .filter((line) => /\p{L}{2}|\d{4}/u.test(line.replace(/copyright|\(c\)|©/gi, '')));
  return [...new Set(lines)].slice(0, LINES_MAX);
}

// The text without those lines: packages that differ in nothing else share one text in the notices.
export function withoutCopyright(text, copyright) {
  const claims = new Set(copyright);
  return text
    .split('\n')
    .filter((line) => !claims.has(bareLine(line)))
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '');
}
