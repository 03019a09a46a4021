// The models' part of the registry in errors.ts: what is wrong with a model, its server or a reply.

const once = (message: string, advice: string) => ({ message, advice, isRetryable: false });

export const MODEL_ERRORS = {
  MODEL_SCHEMA_INVALID: once(
    'the JSON schema cannot be used: {problem}',
    'Write a JSON Schema object (draft 2020-12) such as {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}.',
  ),
} as const;
