// tutti completion
import { Argument } from 'commander';
import type { CommandModule } from '../context.ts';
import { COMPLETION_SCRIPTS, SHELLS } from '../completion/completion-scripts.ts';
import type { Shell } from '../completion/completion-scripts.ts';

export const examples: CommandModule['examples'] = [
  'source <(tutti completion bash)',
  'tutti completion zsh > ~/.zsh/completions/_tutti',
  'tutti completion fish > ~/.config/fish/completions/tutti.fish',
];

export const configure: CommandModule['configure'] = (command, { output }) => {
  command
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .action((shell: Shell) => output.raw(COMPLETION_SCRIPTS[shell]));
};
