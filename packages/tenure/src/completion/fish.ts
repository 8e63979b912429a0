import { type CommandWords, flattened, type OptionWords } from './words.ts';

/** A script for fish 3 and later. */
export function fishCompletion(words: CommandWords): string {
  const lines = flattened(words).flatMap((command) => {
    const place = condition(command);
    const subs = command.commands.map(
      ({ path, description }) => `complete -c tenure -n '${place}' -f -a '${path.at(-1)}' -d '${description}'`,
    );
    const own = command.options.map((option) => `complete -c tenure -n '${place}' ${optionWords(option)}`);
    return [...subs, ...own, ...argumentLine(command, place)];
  });
  const names = words.commands.map(({ path }) => path.at(-1)).join(' ');
  return `# Completion of tenure for fish: tenure completion fish | source
function __tenure_begins
  not __fish_seen_subcommand_from ${names}
end
complete -c tenure -f
${lines.join('\n')}`;
}

/** The command of the line is this one, and none of those below it. */
function condition({ path, commands }: CommandWords): string {
  if (path.length === 0) return '__tenure_begins';
  const seen = path.map((name) => `__fish_seen_subcommand_from ${name}`);
  const below = commands.map((sub) => sub.path.at(-1)).join(' ');
  const open = below === '' ? [] : [`not __fish_seen_subcommand_from ${below}`];
  return [...seen, ...open].join('; and ');
}

function optionWords({ flags, description, value }: OptionWords): string {
  const names = flags.map((flag) => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
  const values = { none: '', files: ' -r -F', unknown: ' -x' };
  return `${names.join(' ')}${typeof value === 'string' ? values[value] : ` -x -a '${value.join(' ')}'`} -d '${description}'`;
}

function argumentLine({ argument, path }: CommandWords, place: string): string[] {
  if (path.at(-1) === 'run') return [`complete -c tenure -n '${place}' -a '(__fish_complete_subcommand)'`];
  if (argument === 'files') return [`complete -c tenure -n '${place}' -F`];
  return typeof argument === 'string' ? [] : [`complete -c tenure -n '${place}' -f -a '${argument.join(' ')}'`];
}
