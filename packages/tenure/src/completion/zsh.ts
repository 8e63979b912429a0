import type { CommandWords, OptionWords, Value } from './words.ts';

/** A script for zsh's compsys: a function for each command. */
export function zshCompletion(words: CommandWords): string {
  return `#compdef tenure
# Completion of tenure for zsh: source <(tenure completion zsh), after compinit
${functions(words).join('\n')}
compdef _tenure tenure`;
}

function functions(command: CommandWords): string[] {
  const name = functionOf(command);
  const specs = command.options.map(optionSpec);
  if (command.commands.length === 0) {
    return [`${name}() {\n  _arguments -S ${[...specs, argumentSpec(command)].join(' ')}\n}`];
  }
  const described = command.commands.map(({ path, description }) => `'${path.at(-1)}:${description}'`);
  const branches = command.commands.map((sub) => `    ${sub.path.at(-1)}) ${functionOf(sub)} ;;`);
  const own = `${name}() {
  local state line curcontext="$curcontext"
  local -a commands
  commands=(${described.join(' ')})
  _arguments -C ${specs.join(' ')} '1: :->command' '*:: :->rest'
  case $state in
    command) _describe -t commands command commands ;;
    rest) case $words[1] in
${branches.join('\n')}
    esac ;;
  esac
}`;
  return [...command.commands.flatMap(functions), own];
}

function functionOf({ path }: CommandWords): string {
  return ['_tenure', ...path].join('_');
}

function optionSpec({ flags: names, description, value }: OptionWords): string {
  // The sign lets the value be in the same word, and in the next.
  const flags = names.map((name) => (value !== 'none' && name.startsWith('--') ? `${name}=` : name));
  const text = `[${description}]${value === 'none' ? '' : `:value:${action(value)}`}`;
  const [only] = flags;
  if (flags.length === 1) return `'${only}${text}'`;
  return `'(${names.join(' ')})'{${flags.join(',')}}'${text}'`;
}

/** Another program's words stand where \`run\` takes a command. */
function argumentSpec({ argument, path }: CommandWords): string {
  if (path.at(-1) === 'run') return `'*::command:_normal'`;
  return argument === 'none' ? '' : `'*:argument:${action(argument)}'`;
}

function action(value: Value): string {
  if (value === 'files') return '_files';
  return typeof value === 'string' ? ' ' : `(${value.join(' ')})`;
}
