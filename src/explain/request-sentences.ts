/** Sentences of the layers that look at the request before any project. */
import { isRepositoryName } from '../policy/repository-name.ts';
import type { RequestContext, Sentences } from './context.ts';

type RequestLayer = 'resource_type' | 'action' | 'repository' | 'catalog';

const otherType = (): string => 'It is not a repository that is asked for.';

/** The same for a project that does not exist and for one that the asker may not see. */
function noRepository({ name }: RequestContext): string {
  return isRepositoryName(name)
    ? `${name} belongs to no project here, or to none that you may see.`
    : `${name === '' ? 'An empty name' : name} is no name of a repository of a project.`;
}

export const REQUEST_SENTENCES: Readonly<Record<RequestLayer, Sentences<RequestContext>>> = {
  resource_type: {
    passed: ({ type }) => `Access is given to a ${type}.`,
    refused: ({ type }) => `No access is given to a resource of the type ${type}.`,
    remedy: () => 'Ask for repository:<name>:<actions>.',
    notConcerned: otherType,
  },
  action: {
    passed: ({ action }) => `${action} is an action on a repository.`,
    refused: ({ action }) => `${action} is no action on a repository.`,
    remedy: () => 'Ask for pull, push or delete, or for all three with *.',
    notConcerned: otherType,
  },
  repository: {
    passed: ({ name }) => `${name} belongs to a project.`,
    refused: noRepository,
    remedy: ({ name }) =>
      isRepositoryName(name)
        ? "Compare the name with the project's full path, and up to two more parts; if both are right, ask a Maintainer of the project."
        : 'Use the full path of a project in lower case, and up to two more parts: acme/app/web.',
    notConcerned: otherType,
  },
  catalog: {
    passed: ({ names }) =>
      `${names.who} is an administrator with a credential that is not limited.`,
    refused: ({ names, name, action }) =>
      name === 'catalog' && action === '*'
        ? `${names.who} is no administrator who asks in person, with a password or a token of scope api.`
        : `registry:${name}:${action} is not registry:catalog:*.`,
    remedy: () =>
      'An administrator asks for registry:catalog:* with a personal access token of scope api.',
    notConcerned: () => 'It is not the list of repositories that is asked for.',
  },
};
