// The models' part of the registry in errors.ts: what is wrong with a model, its server or a reply.

const once = (message: string, advice: string) => ({ message, advice, isRetryable: false });
const again = (message: string, advice: string) => ({ message, advice, isRetryable: true });

export const MODEL_ERRORS = {
  // A server, and what it answers.
  MODEL_SERVER_GONE: again(
    'the server of model {model} at {url} cannot be reached: {problem}',
    'A server of tutti is started again by itself; start any other one, or correct its url in config.json.',
  ),
  MODEL_SERVER_SILENT: again(
    'the server of model {model} at {url} has sent nothing for {seconds} s',
    'Look at its log. A very long prompt on a slow machine needs a longer limit.',
  ),
  MODEL_SERVER_BUSY: again(
    'the server of model {model} takes nothing at the moment: {problem}',
    'Nothing needs to be done: the task is tried again.',
  ),
  MODEL_SERVER_ERROR: again(
    'the server of model {model} at {url} failed: {problem}',
    'Look at its log; when this repeats, unload the model and load it again.',
  ),
  MODEL_STREAM_CUT: again(
    'the reply of model {model} broke off: {problem}',
    'The task is tried again. When this repeats, look for a crash in the log of the server.',
  ),
  MODEL_REQUEST_REFUSED: once(
    'the server of model {model} at {url} refuses the request: {problem}',
    'Compare the request with what this server supports (docs/MODELS.md has a table).',
  ),
  MODEL_NOT_AT_SERVER: once(
    'the server at {url} does not have model {model}: {problem}',
    'Correct `source` in config.json, or fetch it there first (`ollama pull <name>`).',
  ),
  MODEL_KEY_MISSING: once(
    'model {model} needs a key and the environment variable {variable} is not set',
    'Set the variable for the process that starts tutti; keys are never read from a plan or from config.json.',
  ),
  MODEL_KEY_REFUSED: once(
    'the server of model {model} refuses the key: {problem}',
    'Set the environment variable named by `keyVariable` to a key that is valid there.',
  ),
  MODEL_CONTEXT_EXCEEDED: once(
    'the prompt is too long for model {model} as it is loaded: {problem}',
    'Shorten the input or split it with `foreach`, or give the model a larger `contextTokens` in config.json.',
  ),
  MODEL_OOM: again(
    'memory ran out while model {model} was loading: {problem}',
    'Lower its contextTokens or slots, choose a smaller quantisation or a q8_0 KV cache; `tutti models fit <file.gguf>` tells what fits.',
  ),

  // A request.
  MODEL_SCHEMA_INVALID: once(
    'the JSON schema cannot be used: {problem}',
    'Write a JSON Schema object (draft 2020-12) such as {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}.',
  ),
} as const;
