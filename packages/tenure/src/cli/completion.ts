import { Argument, Command } from 'commander';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { type CommandWords, wordsOf } from '../completion/words.ts';
import { zshCompletion } from '../completion/zsh.ts';
import { print } from './terminal.ts';

const SHELLS: Readonly<Record<string, (words: CommandWords) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('Print what makes a shell complete this command.')
    .addArgument(new Argument('<shell>', 'the shell that reads it').choices(Object.keys(SHELLS)))
    .addHelpText(
      'after',
      `
It is made from the commands themselves. Let the shell ask for it at its start, and it is of the version that is installed.

Examples:
  $ source <(tenure completion bash)      # in ~/.bashrc
  $ source <(tenure completion zsh)       # in ~/.zshrc, after compinit
  $ tenure completion fish | source       # in ~/.config/fish/config.fish`,
    )
    .action((shell: string) => print(SHELLS[shell]?.(wordsOf(program)) ?? ''));
}
