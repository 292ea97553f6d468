import { Argument, Command } from 'commander';
import { bashCompletion } from './completion-bash.ts';
import { fishCompletion } from './completion-fish.ts';
import { completionPlaces } from './completion-model.ts';
import { zshCompletion } from './completion-zsh.ts';
import type { Context } from './context.ts';
import { withExamples } from './examples.ts';

const SHELLS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion } as const;

const EXAMPLES = `
Examples:
  source <(wharfpass completion bash)                                     now; or from ~/.bashrc
  wharfpass completion zsh > "\${fpath[1]}/_wharfpass"                     before compinit runs
  wharfpass completion fish > ~/.config/fish/completions/wharfpass.fish
`;

/** @param whole makes the program with every command loaded */
export function completionCommand(context: Context, whole: () => Promise<Command>): Command {
  return withExamples(
    new Command('completion').description('print the script that completes commands in a shell'),
    EXAMPLES,
  )
    .addArgument(new Argument('<shell>', 'which one').choices(Object.keys(SHELLS)))
    .action(async (shell: keyof typeof SHELLS) => {
      context.stdout(SHELLS[shell](completionPlaces(await whole())));
    });
}
