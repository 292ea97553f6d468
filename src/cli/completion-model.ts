/** The commands as a shell completes them. */
import { Help, type Command, type Option } from 'commander';

export interface CompletionWord {
  readonly word: string;
  readonly description: string;
}

export interface CompletionOption {
  /** `-f`, without a long name where there is none. */
  readonly short: string | undefined;
  readonly long: string | undefined;
  readonly description: string;
  /** What may follow: nothing, one of some words, a file, or what only the person knows. */
  readonly value: 'none' | 'file' | 'free' | readonly string[];
}

/** One command, the program itself first. */
export interface CompletionPlace {
  /** `/project/create`; '' for the program itself. */
  readonly path: string;
  readonly commands: readonly CompletionWord[];
  readonly options: readonly CompletionOption[];
  /** Whether files may stand where no option does. */
  readonly takesFile: boolean;
}

export function completionPlaces(command: Command, path = ''): readonly CompletionPlace[] {
  const help = new Help();
  const commands = help.visibleCommands(command);
  const place: CompletionPlace = {
    path,
    commands: commands.map((each) => ({ word: each.name(), description: each.description() })),
    options: help.visibleOptions(command).map(optionOf),
    takesFile: command.registeredArguments.some((argument) => argument.name() === 'file'),
  };
  return [
    place,
    ...command.commands.flatMap((each) => completionPlaces(each, `${path}/${each.name()}`)),
  ];
}

function optionOf(option: Option): CompletionOption {
  const { short, long, description, argChoices, flags, required, optional } = option;
  const free = flags.includes('<file>') ? 'file' : 'free';
  const value = required || optional ? (argChoices ?? free) : 'none';
  return { short, long, description, value };
}

/** The names under which an option is given. */
export const flagsOf = ({ short, long }: CompletionOption): readonly string[] =>
  [short, long].filter((flag) => flag !== undefined);

/** In single quotes, which every shell here reads alike but for a quote itself; that becomes a typographic one. */
export const quoted = (text: string): string =>
  `'${text.replaceAll("'", '’').replaceAll('\\', '')}'`;
