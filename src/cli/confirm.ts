/** Whoever destroys something is asked first, where there is somebody to ask. */
import type { Context } from './context.ts';
import { CommandError, EXIT } from './exit-codes.ts';

export interface YesOption {
  readonly yes?: true | undefined;
}

export const YES_OPTION = ['--yes', 'do it, without a question'] as const;

/**
 * For what cannot be undone and takes much with it: a script must say --yes.
 *
 * @param what goes, as in `This deletes <what> for good.`
 */
export async function mustBeSure(
  context: Context,
  { yes }: YesOption,
  what: string,
): Promise<void> {
  if (yes) return;
  const sentence = `This deletes ${what} for good.`;
  if (context.ask === undefined)
    throw new CommandError(EXIT.usage, `${sentence} Add --yes to do it.`);
  await ask(context.ask, sentence);
}

/** For what ends one credential or rule: a person is asked, and a script goes on. */
export async function mayAsk(context: Context, { yes }: YesOption, what: string): Promise<void> {
  if (yes || context.ask === undefined) return;
  await ask(context.ask, `This ${what}.`);
}

async function ask(question: NonNullable<Context['ask']>, sentence: string): Promise<void> {
  const answer = await question(`${sentence} Go on? [y/N] `);
  if (/^y(es)?$/i.test(answer.trim())) return;
  throw new CommandError(EXIT.failed, 'Nothing was changed.');
}
