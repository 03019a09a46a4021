// The models' part of the registry in errors.ts: what is wrong with a model, its server or a reply.

const once = (message: string, advice: string) => ({ message, advice, isRetryable: false });
const again = (message: string, advice: string) => ({ message, advice, isRetryable: true });

export const MODEL_ERRORS = {
  // A model file.
  MODEL_FILE_MISSING: once(
    'there is no model file {path}',
    'Correct `source` in config.json; it is a path on the host of the agent. All shards of a model lie in one folder.',
  ),
  MODEL_FILE_TRUNCATED: once(
    'the model file {path} has {size} bytes, {expected}',
    'Its download or copy stopped early: fetch it again.',
  ),
  MODEL_FILE_INVALID: once(
    '{path} is no usable GGUF model: {problem}',
    'Give the path of a .gguf file of a language model, or of its first shard.',
  ),

  MODEL_PARTNER: again(
    'model {model} cannot be split over {partner}: {problem}',
    'Nothing needs to be done: the brain gathers the cards again. `tutti status` tells what each is kept for.',
  ),

  // A server, and what it answers.
  MODEL_SET_ASIDE: again(
    'model {model} is {problem}',
    'Look at the log of its server, and at the task that ran when it ended. Other cards and fallbacks are used meanwhile.',
  ),
  MODEL_SERVER_GONE: again(
    'the server of model {model} at {url} cannot be reached: {problem}',
    'A server of tutti is started again by itself; start any other one, or correct its url in config.json.',
  ),
  MODEL_SERVER_SILENT: again(
    'the server of model {model} at {url} has sent nothing for {seconds} s',
    'Look at its log. A very long prompt on a slow machine needs a longer limit (task.replySilenceMsMax).',
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
  MODEL_URL_MISSING: once(
    'model {model} has no url',
    'Give the base URL of its server in config.json, such as `http://127.0.0.1:8000/v1`.',
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

  // A load.
  MODEL_OOM: again(
    'memory ran out while model {model} was loading: {problem}',
    'Lower its contextTokens or slots, choose a smaller quantisation or a q8_0 KV cache; `tutti models fit <file.gguf>` tells what fits.',
  ),
  MODEL_TOO_LARGE: once(
    'model {model} cannot fit this card: {problem}',
    'Lower its contextTokens or slots, choose a smaller quantisation or a q8_0 KV cache; `tutti models fit <file.gguf>` tells what fits.',
  ),
  MODEL_NO_ROOM: again(
    'there is no room for model {model} at the moment: {problem}',
    'It is tried again; models that work are never unloaded for another one.',
  ),
  MODEL_CARD_UNREADABLE: again(
    'model {model} is not loaded while the memory of the card cannot be read',
    'Unknown memory is not free memory. `nvidia-smi` tells what is wrong with the card.',
  ),
  MODEL_CONTEXT_TOO_LARGE: once(
    'model {model} is to have a context of {wanted} tokens and was trained for {most}',
    'Lower `contextTokens` in config.json, or leave it out.',
  ),
  MODEL_LOAD_STALLED: again(
    'model {model} has shown no sign of life for {seconds} s while loading',
    'Look at the end of {log}, and whether its disk answers.',
  ),
  MODEL_LOAD_FAILED: again(
    'the server of model {model} ended before it was ready: {problem}',
    'The whole story is in {log}.',
  ),
  MODEL_PORT_TAKEN: again(
    'port {port}, chosen for the server of model {model}, was taken by another program',
    'Nothing needs to be done: the next load uses another port.',
  ),
  MODEL_ENGINE_MISSING: once(
    'the engine of model {model} is not installed here: {problem}',
    'llama-server has to be on the PATH, or named by `program` in config.json. For `embedded` run `npm install node-llama-cpp`.',
  ),
  MODEL_IN_USE: again(
    'model {model} is loaded in another shape and works',
    'It is loaded anew when it has nothing to do; give the two shapes two names in config.json to have both.',
  ),
  MODEL_NOT_READY: again(
    'model {model} is not loaded: {problem}',
    'Load it first: an agent does so for every task that needs it.',
  ),

  // A request.
  MODEL_SCHEMA_INVALID: once(
    'the JSON schema cannot be used: {problem}',
    'Write a JSON Schema object (draft 2020-12) such as {"type": "object", "properties": {"title": {"type": "string"}}, "required": ["title"]}.',
  ),
} as const;
