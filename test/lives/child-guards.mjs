/** What many steps have in common. */
export const failure = (code) => Object.assign(new Error(code), { code });

/** The project of the step, which must be there. */
export async function projectOf({ deps }, { project: id }) {
  const project = await deps.store.directory.project(id);
  if (project === null) throw failure('not_found');
  return project;
}

export const holderOf = ({ project: id }) => ({ kind: 'project', id });

/** A step that says nothing but that it happened. */
export const quietly = (act) => async (hands, step) => {
  await act(hands, step);
  return { ok: {}, made: {} };
};

/** As `quietly`, in a project that must be there. */
export const within = (act) =>
  quietly(async (hands, step) => {
    await projectOf(hands, step);
    await act(hands, step);
  });
