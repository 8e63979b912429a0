import type { Command, Option } from 'commander';

/** What may be completed in a place: names of files, one of some words, or nothing that is known. */
export type Value = 'none' | 'files' | 'unknown' | readonly string[];

export interface OptionWords {
  /** `-c`, `--config`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** `none`: it takes no value. */
  readonly value: Value;
}

export interface CommandWords {
  /** Without the program's own name; empty for the program itself. */
  readonly path: readonly string[];
  readonly description: string;
  readonly options: readonly OptionWords[];
  readonly commands: readonly CommandWords[];
  /** Of its arguments, which all are alike. */
  readonly argument: Value;
}

/** Takes the name of another command. */
const HELP = 'help';

/** Arguments and values of options are names of files when they are called so. */
const FILES = /file|path|harness/;

/** What there is to complete: the very commands that are run. */
export function wordsOf(command: Command, path: readonly string[] = []): CommandWords {
  const help = command.createHelp();
  const visible = help.visibleCommands(command);
  const names = visible.map((sub) => sub.name()).filter((name) => name !== HELP);
  const commands = visible.map((sub) => {
    const words = wordsOf(sub, [...path, sub.name()]);
    return sub.name() === HELP ? { ...words, argument: names } : words;
  });
  const [argument] = command.registeredArguments;
  return {
    path,
    description: firstSentence(command.description()),
    options: help.visibleOptions(command).map(optionWords),
    commands,
    argument: argument === undefined ? 'none' : (argument.argChoices ?? kindOf(argument.name())),
  };
}

/** The command and all below it. */
export function flattened(words: CommandWords): CommandWords[] {
  return [words, ...words.commands.flatMap(flattened)];
}

function optionWords({ flags, short, long, description, required, optional, argChoices }: Option): OptionWords {
  const name = /[<[](.*?)[>\]]/.exec(flags)?.[1] ?? '';
  return {
    flags: [short, long].filter((flag) => flag != null),
    description: firstSentence(description),
    value: required || optional ? (argChoices ?? kindOf(name)) : 'none',
  };
}

function kindOf(name: string): Value {
  return FILES.test(name) ? 'files' : 'unknown';
}

/** What has room beside a word, without what a shell would take for its own. */
function firstSentence(text: string): string {
  const [sentence = ''] = text.split(/[.:;(](?:\s|$)|\s\(/, 1);
  return sentence.replaceAll("'", '’').replace(/["`$\\[\]<>]/g, '');
}
