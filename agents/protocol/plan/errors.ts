// The plan's part of the registry in ../errors.ts: what is wrong with a plan, its inputs or a manifest.

const refused = (message: string, advice: string) => ({
  message,
  advice,
  isRetryable: false,
});

export const PLAN_ERRORS = {
  // The file as a whole.
  PLAN_EMPTY: refused(
    'the plan is empty',
    'A plan needs at least `## Tasks`, a `### name` below it and a `- **command**: …` below that.',
  ),
  PLAN_TOO_LARGE: refused(
    'the plan has {size} characters, more than the limit of {limit}',
    'Write repeated work as one task with `foreach` over a manifest.',
  ),
  PLAN_FRONT_MATTER: refused(
    'the front matter is not valid: {problem}',
    'Front matter is YAML between two lines of `---` at the very top; docs/PLAN_FORMAT.md has an example.',
  ),
  PLAN_FRONT_MATTER_LANGUAGE: refused(
    'front matter in the language `{language}` is refused',
    'Only YAML is read: begin the file with a line of exactly `---`.',
  ),
  PLAN_FRONT_MATTER_KEY: refused(
    'the front matter has an unknown key `{key}`',
    '{hint}Known keys: {known}.',
  ),
  PLAN_SECTION_TWICE: refused(
    'the section `## {section}` stands here for a second time; the first is in line {line}',
    'Join the two sections into one.',
  ),
  PLAN_TASKS_MISSING: refused(
    'there is no section `## Tasks`',
    '{hint}Tasks are the `###` headings inside a section `## Tasks`.',
  ),
  PLAN_TASKS_EMPTY: refused(
    'the section `## Tasks` has no task',
    'Begin each task with a heading of exactly three marks: `### name`.',
  ),

  // Names and fields.
  PLAN_NAME_INVALID: refused(
    'the task name `{name}` is not valid',
    'A name begins with a letter and has at most 48 letters, digits, `_` and `-`.',
  ),
  PLAN_NAME_RESERVED: refused(
    'the task name `{name}` is reserved',
    'Tutti uses this name itself. Choose another one.',
  ),
  PLAN_NAME_TWICE: refused(
    'a second task is named `{name}`; the first is in line {line}',
    'Give each task a name of its own.',
  ),
  PLAN_NAME_OVERLAP: refused(
    'children of `{other}` (line {line}) could get the same name as children of `{name}`',
    'Rename one of the two so that `{name}` does not begin with `{other}_`.',
  ),
  PLAN_FIELD_UNKNOWN: refused('there is no field `{field}`', '{hint}Known fields: {known}.'),
  PLAN_FIELD_UNBOLDED: refused(
    'the field `{field}` is not written as a field and would be ignored',
    'Write it as a list item with the name in bold: `- **{field}**: value`.',
  ),
  PLAN_FIELD_SHAPE: refused(
    'this list item is not a field: {found}',
    'Fields are written `- **name**: value`. Put notes on a task into a paragraph, not a list.',
  ),
  PLAN_FIELD_OUTSIDE: refused(
    'the field `{field}` stands before the first `### name`',
    'Move it below the heading of the task it belongs to.',
  ),
  PLAN_FIELD_TWICE: refused(
    'the field `{field}` is given twice; the first is in line {line}',
    'Keep one of the two.',
  ),
  PLAN_FIELD_VALUE: refused(
    'the value of `{field}` is refused: expected {expected}, found {found}',
    'docs/PLAN_FORMAT.md lists the values of each field.',
  ),
  PLAN_COMMAND_MISSING: refused(
    'the task `{name}` has no command',
    'Add `- **command**: …`, or a fenced block below `- **command**:` for several lines; or a `prompt` or a question to `decide` for a model.',
  ),
  PLAN_WORK_TWICE: refused(
    'the task `{name}` has a `{first}` and a `{second}`',
    'A task runs a command, sends one prompt or decides one question: keep one of the two, or make two tasks of it.',
  ),
  PLAN_PROMPT_FIELD: refused(
    'the field `{field}` of the task `{name}` is refused: {problem}',
    'Fields of a prompt go with `prompt`, `prompt_file` or `decide` in tasks of class llm.',
  ),
  PLAN_EVALUATE: refused(
    'the output of the task `{name}` cannot be rated: {problem}',
    'Only tasks of workers, of class cpu, script or llm, take `evaluate: true`.',
  ),
  PLAN_COMMAND_OPEN: refused(
    'the command ends inside {what} that begins here',
    'Close it: what follows in the script would be read as a part of it.',
  ),
  PLAN_BATCH_SIZE_ALONE: refused(
    'the task `{name}` has `batch_size` but no `foreach`',
    'Add `- **foreach**: {BATCH_PATH}/manifest.json:items`, or remove batch_size.',
  ),

  // The graph.
  PLAN_DEPENDENCY_UNKNOWN: refused(
    'the task `{name}` depends on `{dependency}`, which is no task of this plan',
    '{hint}Tasks of this plan: {known}.',
  ),
  PLAN_DEPENDENCY_ITEM: refused(
    'the task `{name}` cannot depend on single children of `{dependency}`: {problem}',
    'Give both tasks the same `foreach` and no batch_size, or depend on `{dependency}` as a whole.',
  ),
  PLAN_CYCLE: refused(
    'the tasks wait for each other: {path}',
    'Remove one of these dependencies; none of the tasks could ever start.',
  ),

  // Variables.
  PLAN_VARIABLE_UNKNOWN: refused(
    '{variable} has no value: there is no variable `{name}`',
    '{hint}Known here: {known}. Declare an input in the front matter, or write {escaped} for literal braces.',
  ),
  PLAN_VARIABLE_ITEM: refused(
    '{variable} has no value: {problem}',
    'Give the task a `foreach` without batch_size, or read all items of a batch from {ITEMS_PATH}.',
  ),
  PLAN_VARIABLE_FIELD: refused(
    '{variable} has no value: the input `{name}` is a {type} and has no fields',
    'Use it as a whole, or declare the input with `type: json`.',
  ),
  PLAN_VARIABLE_POSITION: refused(
    '{variable} stands {where}, where no quoting keeps a value from becoming code',
    '{escape}',
  ),
  PLAN_ITEM_FIELD_MISSING: refused(
    '{variable} has no value: {problem}',
    'Correct the manifest, or use a field that each of its items has.',
  ),
  PLAN_VALUE_UNSAFE: refused(
    'the value of {variable} cannot stand in a command: {problem}',
    'Correct the value, or pass it by a file: {ITEMS_PATH} holds the items of a task as JSON.',
  ),

  // The goal.
  PLAN_GOAL_INVALID: refused(
    'the goal is refused: {problem}',
    'A goal has `type: target_count`, `target`, `tracked_task`, and optionally `tolerance` and `max_attempts_multiplier`.',
  ),

  // Inputs.
  PLAN_INPUT_INVALID: refused(
    'the input `{input}` is refused: {problem}',
    'docs/PLAN_FORMAT.md shows how inputs are declared.',
  ),
  INPUT_UNKNOWN: refused('the plan has no input `{input}`', '{hint}{known}'),
  INPUT_MISSING: refused(
    'the input `{input}` is required and has no value',
    'Give it with --set {input}=… or in --config.',
  ),
  INPUT_VALUE: refused(
    'the value of the input `{input}` is refused: expected {expected}, found {found}',
    'Correct the value given with --set or --config.',
  ),

  // Manifests of `foreach`.
  MANIFEST_JSON: refused(
    'the manifest of `{task}` is not valid JSON: {problem}',
    'Correct the task that writes it: one JSON document, or one JSON value a line in a .jsonl file.',
  ),
  MANIFEST_SHAPE: refused(
    'the manifest of `{task}` holds no list of items: expected an array {where}, found {found}',
    'Correct the manifest, or the JSON path after the colon of `foreach`.',
  ),
  MANIFEST_DUPLICATE: refused(
    'the manifest of `{task}` has two items of the id {id}: number {first} and number {second}',
    'Give each item an `id` of its own, or none: its position counts then.',
  ),
  MANIFEST_TAKEN: refused(
    'the item {id} of `{task}` would be named `{child}`, and so is another task of the plan',
    'Rename that task, or give the item another id.',
  ),
  MANIFEST_TOO_MANY: refused(
    'the manifest of `{task}` would make {count} tasks, more than the limit of {limit}',
    'Give the task a larger batch_size, or raise task.childrenMax (docs/CONFIG.md).',
  ),
} as const;
