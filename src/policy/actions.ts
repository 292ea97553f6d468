/** What may be asked for at all, whoever asks. */
import type { Principal } from '../credential/principal.ts';
import { REPOSITORY_ACTIONS, type RepositoryAction } from './decision.ts';

/** `*` asks for everything; it is answered in explicit actions and never granted as such. */
export function expand(actions: readonly string[]): readonly string[] {
  if (!actions.includes('*')) return actions;
  return [...new Set(actions.flatMap((action) => (action === '*' ? REPOSITORY_ACTIONS : action)))];
}

export function isRepositoryAction(action: string): action is RepositoryAction {
  return (REPOSITORY_ACTIONS as readonly string[]).includes(action);
}

/** The list of all repositories: for an admin in person with an unlimited credential, and only as the literal `*`. */
export function catalogAllows(principal: Principal, name: string, action: string): boolean {
  return (
    principal.kind === 'user' &&
    principal.actor.admin &&
    principal.abilities.has('admin_container_image') &&
    name === 'catalog' &&
    action === '*'
  );
}
