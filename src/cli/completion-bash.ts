import { flagsOf, type CompletionOption, type CompletionPlace } from './completion-model.ts';

/** For bash 3.2 and newer. */
export function bashCompletion(places: readonly CompletionPlace[]): string {
  return `# bash completion for wharfpass; made by \`wharfpass completion bash\`
_wharfpass() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} at='' words='' i
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    [[ \${COMP_WORDS[i-1]} == --config ]] && continue
    case "$at/\${COMP_WORDS[i]}" in
${known(places)}
    esac
  done
  COMPREPLY=()
  case "$at $prev" in
${places.flatMap(values).join('\n')}
  esac
  case "$at" in
${places.map(wordsOf).join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _wharfpass wharfpass
`;
}

function known(places: readonly CompletionPlace[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  return `      ${paths.join(' | ')}) at+=/\${COMP_WORDS[i]} ;;`;
}

function values({ path, options }: CompletionPlace): string[] {
  return options.flatMap((option) => {
    if (option.value === 'none') return [];
    const pattern = flagsOf(option).map((flag) => `'${path} ${flag}'`);
    return [`    ${pattern.join(' | ')}) ${replyTo(option)}return ;;`];
  });
}

function replyTo({ value }: CompletionOption): string {
  if (value === 'file') return 'COMPREPLY=($(compgen -f -- "$cur")); ';
  if (value === 'free' || value === 'none') return '';
  return `COMPREPLY=($(compgen -W '${value.join(' ')}' -- "$cur")); `;
}

/** Commands where there are any, and options once a dash has been typed. */
function wordsOf({ path, commands, options, takesFile }: CompletionPlace): string {
  const flags = options.flatMap(flagsOf).join(' ');
  const names = commands.map(({ word }) => word).join(' ');
  const plain = takesFile ? '$(compgen -f -- "$cur")' : names === '' ? flags : names;
  return `    '${path}') if [[ $cur == -* ]]; then words='${flags}'; else words="${plain}"; fi ;;`;
}
