import type { Command } from 'commander';

/**
 * Shows the examples under the help of the command, and those of each command below it under that one's.
 *
 * @param text with one `wharfpass …` a line
 */
export function withExamples(command: Command, text: string): Command {
  return command.addHelpText('afterAll', ({ command: asked }) =>
    asked === command ? text : examplesOf(fullName(asked), text),
  );
}

/** The words of the command line that lead to the command. */
export function fullName(command: Command): string {
  return command.parent === null ? command.name() : `${fullName(command.parent)} ${command.name()}`;
}

function examplesOf(name: string, text: string): string {
  const lines = text.split('\n').filter((line) => ` ${line.trim()} `.includes(` ${name} `));
  return lines.length === 0 ? '' : `\nExamples:\n${lines.join('\n')}\n`;
}
