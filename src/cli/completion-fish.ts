import { quoted, type CompletionOption, type CompletionPlace } from './completion-model.ts';

export function fishCompletion(places: readonly CompletionPlace[]): string {
  const paths = places.map(({ path }) => path).filter((path) => path !== '');
  return `# fish completion for wharfpass; made by \`wharfpass completion fish\`
function __wharfpass_at
    set -l at ''
    for word in (commandline -opc)[2..-1]
        switch "$at/$word"
            case ${paths.join(' ')}
                set at "$at/$word"
        end
    end
    test "$at" = "$argv[1]"
end
complete -c wharfpass -f
${places.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ path, commands, options, takesFile }: CompletionPlace): string[] {
  const start = `complete -c wharfpass -n "__wharfpass_at '${path}'"`;
  return [
    ...commands.map(({ word, description }) => `${start} -a ${word} -d ${quoted(description)}`),
    ...options.map((option) => `${start}${optionOf(option)}`),
    ...(takesFile ? [`${start} -F`] : []),
  ];
}

function optionOf({ short, long, description, value }: CompletionOption): string {
  const names = [
    ...(short === undefined ? [] : [` -s ${short.slice(1)}`]),
    ...(long === undefined ? [] : [` -l ${long.slice(2)}`]),
  ];
  const takes =
    value === 'none'
      ? ''
      : value === 'file'
        ? ' -r -F'
        : value === 'free'
          ? ' -x'
          : ` -x -a ${quoted(value.join(' '))}`;
  return `${names.join('')}${takes} -d ${quoted(description)}`;
}
