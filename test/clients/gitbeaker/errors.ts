import { GitbeakerRequestError } from '@gitbeaker/rest';

/** What the client makes of a refusal: `404 404 Project Not Found`. Fails where nothing is refused. */
export async function refusal(call: Promise<unknown>): Promise<string> {
  const thrown = await call.then(
    () => new Error('it was not refused'),
    (error: unknown) => error,
  );
  if (!(thrown instanceof GitbeakerRequestError)) throw thrown;
  return `${thrown.cause?.response.status} ${thrown.message}`;
}
