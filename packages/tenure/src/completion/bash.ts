import { type CommandWords, flattened } from './words.ts';

/** A script for bash 3.2 and later. */
export function bashCompletion(words: CommandWords): string {
  const all = flattened(words);
  const cases = (of: (command: CommandWords) => readonly string[]) =>
    all.flatMap((command) => {
      const found = of(command);
      return found.length === 0 ? [] : [`    '${command.path.join(' ')}') echo '${found.join(' ')}' ;;`];
    });
  const options = all.flatMap((command) =>
    command.options.flatMap(({ flags, value }) =>
      flags.map((flag) => ({ place: `'${[...command.path, flag].join(' ')}'`, value })),
    ),
  );
  const taking = options.filter(({ value }) => value !== 'none').map(({ place }) => place);
  const choices = options.flatMap(({ place, value }) =>
    typeof value === 'string' ? [] : [`    ${place}) echo '${value.join(' ')}' ;;`],
  );
  const files = options.filter(({ value }) => value === 'files').map(({ place }) => place);
  const argumentFiles = all.filter(({ argument }) => argument === 'files').map(({ path }) => `'${path.join(' ')}'`);
  return `# Completion of tenure for bash: source <(tenure completion bash)
_tenure_words() {
  case $1 in
${cases(({ commands }) => commands.map(({ path }) => path.at(-1) ?? '')).join('\n')}
${cases(({ argument }) => (typeof argument === 'string' ? [] : argument)).join('\n')}
  esac
}
_tenure_options() {
  case $1 in
${cases(({ options }) => options.flatMap(({ flags }) => flags)).join('\n')}
  esac
}
_tenure_takes_value() {
  case $1 in
    ${taking.join('|')}) return 0 ;;
  esac
  return 1
}
_tenure_choices() {
  case $1 in
${choices.join('\n')}
  esac
}
_tenure_is_file() {
  case $1 in
    ${[...files, ...argumentFiles].join('|')}) return 0 ;;
  esac
  return 1
}
_tenure() {
  local cur=\${COMP_WORDS[COMP_CWORD]} path='' before='' prefix='' word known i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ -n $before ]]; then
      # Bash makes a word of its own of the sign between an option and its value.
      [[ $word == = ]] || before=''
      continue
    fi
    # What follows is another program's.
    if [[ $word == -- ]]; then COMPREPLY=($(compgen -f -c -- "$cur")); return; fi
    if [[ $word == -* ]]; then
      if _tenure_takes_value "\${path:+$path }$word"; then before=$word; fi
      continue
    fi
    for known in $(_tenure_words "$path"); do
      if [[ $word == "$known" ]]; then path="\${path:+$path }$word"; break; fi
    done
  done
  if [[ -z $before && $cur == --*=* ]] && _tenure_takes_value "\${path:+$path }\${cur%%=*}"; then
    before=\${cur%%=*} prefix=$before= cur=\${cur#*=}
  fi
  if [[ -n $before ]]; then
    [[ $cur == = ]] && cur=''
    if _tenure_is_file "\${path:+$path }$before"; then COMPREPLY=($(compgen -P "$prefix" -f -- "$cur")); return; fi
    COMPREPLY=($(compgen -P "$prefix" -W "$(_tenure_choices "\${path:+$path }$before")" -- "$cur"))
  elif [[ $cur == -* ]]; then
    COMPREPLY=($(compgen -W "$(_tenure_options "$path")" -- "$cur"))
  else
    COMPREPLY=($(compgen -W "$(_tenure_words "$path")" -- "$cur"))
    if [[ -n $path ]] && _tenure_is_file "$path"; then COMPREPLY+=($(compgen -f -- "$cur")); fi
  fi
}
complete -o filenames -F _tenure tenure`;
}
