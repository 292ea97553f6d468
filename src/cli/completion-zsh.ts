import { flagsOf, quoted, type CompletionPlace } from './completion-model.ts';

export function zshCompletion(places: readonly CompletionPlace[]): string {
  return `#compdef wharfpass
# zsh completion for wharfpass; made by \`wharfpass completion zsh\`
_wharfpass() {
  local at='' i
  local -a found
  for ((i = 2; i < CURRENT; i++)); do
    [[ $words[i-1] == --config ]] && continue
    case "$at/$words[i]" in
${known(places)}
    esac
  done
  case "$at $words[CURRENT-1]" in
${places.flatMap(values).join('\n')}
  esac
  case "$at" in
${places.map(wordsOf).join('\n')}
  esac
}
if [[ $funcstack[1] == _wharfpass ]]; then _wharfpass "$@"; else compdef _wharfpass wharfpass; fi
`;
}

function known(places: readonly CompletionPlace[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  return `      ${paths.join(' | ')}) at+=/$words[i] ;;`;
}

function values({ path, options }: CompletionPlace): string[] {
  return options.flatMap((option) => {
    const { value } = option;
    if (value === 'none') return [];
    const pattern = flagsOf(option).map((flag) => `'${path} ${flag}'`);
    const reply =
      value === 'file' ? '_files; ' : value === 'free' ? '' : `compadd -- ${value.join(' ')}; `;
    return [`    ${pattern.join(' | ')}) ${reply}return ;;`];
  });
}

function wordsOf({ path, commands, options, takesFile }: CompletionPlace): string {
  const described = (word: string, description: string) => quoted(`${word}:${description}`);
  const flags = options.flatMap((option) =>
    flagsOf(option).map((flag) => described(flag, option.description)),
  );
  const names = commands.map(({ word, description }) => described(word, description));
  const lines = [
    ...(names.length > 0 ? [`found=(${names.join(' ')})`, `_describe command found`] : []),
    ...(takesFile ? ['_files'] : []),
    `found=(${flags.join(' ')})`,
    `_describe -o option found`,
  ];
  return `    '${path}') ${lines.join('; ')} ;;`;
}
