/**
 * What can happen in a life, by the functions that the REST API calls. Each resolves to what can be foretold (`ok`) and
 * to what is new in the world (`made`: ids, and secrets as [username, text]).
 */
import { failure, projectOf, quietly, within } from './child-guards.mjs';
import { TOKEN_STEPS } from './child-token-steps.mjs';

/** For steps that may make the automatic token. */
function withAutomatic(hands, step, ok, made = {}) {
  const automatic = hands.automaticOf(step.project);
  return { ok: { ...ok, automatic: automatic !== undefined }, made: { ...made, automatic } };
}

async function start(hands, step) {
  const { code, deps } = hands;
  const project = await projectOf(hands, step);
  const request = { name: 'build', stage: 'test', ref: 'main', refProtected: false };
  const more = { startedBy: null, environment: null, pipelineId: 7, ...step.request };
  const started = await code.startJob(deps, { project, ...request, ...more });
  const { job, token, extendedToken } = started;
  const variables = await code.deployVariables(deps, project, job, more.runner);
  const [user, password] = variables.map(({ value }) => value);
  const { id, deadline, leaseUntil } = job;
  const login = 'gitlab-ci-token';
  const ok = { deadline, leaseUntil, extended: extendedToken !== null };
  return withAutomatic(
    hands,
    step,
    { ...ok, variables: variables.length > 0 },
    {
      id,
      job: [login, token.reveal()],
      extended: extendedToken && [login, extendedToken.reveal()],
      ci: user === undefined ? undefined : [user, password],
    },
  );
}

async function changeAccess(hands, step) {
  await projectOf(hands, step);
  await hands.code.changeRegistryAccess(hands.deps, step.project, step.fields);
  return withAutomatic(hands, step, {});
}

async function changeProject(hands, step) {
  const { code, deps, now } = hands;
  await projectOf(hands, step);
  const change = { kind: 'project.update', project: step.project, fields: step.fields };
  await deps.store.directory.apply([change], now());
  if (step.fields.visibility === undefined) return { ok: {}, made: {} };
  await code.tryAutomaticDeployToken(deps, await projectOf(hands, step));
  return withAutomatic(hands, step, {});
}

export const STEPS = {
  nothing: quietly(() => undefined),
  start,
  heartbeat: async (hands, step) => {
    await projectOf(hands, step);
    const { jobs } = hands.deps.store;
    const { leaseUntil } = await jobs.heartbeat(step.project, step.jobId, hands.now());
    return { ok: { leaseUntil }, made: {} };
  },
  status: async (hands, step) => {
    await projectOf(hands, step);
    const { project: projectId, jobId, status } = step;
    const { code, deps } = hands;
    const job = await code.changeJobStatus(deps, { projectId, jobId, status });
    const page = { offset: 0, limit: 100 };
    const live = { active: true, now: hands.now() };
    const list = await deps.store.convertedTokens.list(projectId, page, live);
    const converted = list.items.find((token) => token.jobId === jobId);
    const ok = { status: job.status, converted: converted !== undefined };
    return { ok, made: { convertedId: converted?.id } };
  },
  // No verb of the product erases a job yet: this is what one would write.
  erase: quietly(({ eraseJob, now }, { jobId }) => eraseJob.run(now(), jobId)),
  access: changeAccess,
  project: changeProject,
  deleteProject: within(({ deps, now }, { project }) =>
    deps.store.directory.apply([{ kind: 'project.delete', project }], now()),
  ),
  revokeConverted: within(async ({ deps, now }, { project, convertedId }) => {
    const { convertedTokens } = deps.store;
    const token = await convertedTokens.revoke(project, convertedId, now());
    if (token === null) throw failure('not_found');
  }),
  ...TOKEN_STEPS,
  person: quietly(({ code, deps }, { userId, state }) => code.updateUser(deps, userId, { state })),
};
