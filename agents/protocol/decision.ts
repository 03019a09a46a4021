// What a task that decides asks for: one of its options, with a reason. The schema is a grammar for the engine and
// the check of whatever comes back, so that no other word can be chosen. Pure.

/** A longer reason is cut off by the grammar. */
const REASON_CHARS_MAX = 400;

/** The reason comes first: a model that has written it down chooses by it. */
export const decisionSchema = (options: readonly string[]): Record<string, unknown> => ({
  type: 'object',
  properties: {
    reason: { type: 'string', maxLength: REASON_CHARS_MAX },
    choice: { enum: [...options] },
  },
  required: ['reason', 'choice'],
  additionalProperties: false,
});

export const decisionPrompt = (question: string, options: readonly string[]): string =>
  [
    question.trim(),
    '',
    'Choose one of these options:',
    ...options.map((option) => `- ${option}`),
    '',
    'Answer with JSON: first the reason in one or two sentences, then the choice, word for word.',
  ].join('\n');
