"""python-gitlab: how it walks lists, comes with a job's token, and what it makes of refusals."""

import gitlab
from common import connect, expect, raises


def keyset_pagination(gl, name):
    walker = connect(private_token=gl.private_token, pagination="keyset", order_by="id", per_page=3)
    group = gl.groups.create({"name": name, "path": name})
    made = [gl.projects.create({"path": f"app-{number}", "namespace_id": group.id}).id for number in range(8)]
    up = [project.id for project in walker.projects.list(iterator=True, sort="asc") if project.id in made]
    expect(up, made)
    # The newest first, as on GitLab.
    down = [project.id for project in walker.projects.list(iterator=True) if project.id in made]
    expect(down, made[::-1])
    expect([project.id for project in walker.groups.get(name).projects.list(get_all=True)], made[::-1])
    expect(name in [found.path for found in walker.groups.list(iterator=True)], True)
    expect("root" in [user.username for user in walker.users.list(iterator=True)], True)
    # Set on the client, it is asked of every list there is.
    project = walker.projects.get(made[0])
    expect(project.members.list(), [])
    expect([member.username for member in project.members_all.list(get_all=True)], ["root"])
    expect(project.registry_protection_repository_rules.list(), [])
    expect(project.job_token_scope.get().allowlist.list(get_all=True), [])
    expect(len(walker.personal_access_tokens.list(get_all=True)) > 0, True)
    expect(isinstance(walker.deploytokens.list(get_all=True), list), True)
    expect(isinstance(project.deploytokens.list(get_all=True), list), True)
    expect(project.jobs.list(get_all=True), [])


def offset_pagination(gl, name):
    group = gl.groups.create({"name": name, "path": name})
    made = [gl.projects.create({"path": f"{name}-{number}", "namespace_id": group.id}).id for number in range(5)]
    listed = gl.projects.list(iterator=True, search=name, per_page=2)
    expect((listed.total, listed.total_pages, listed.per_page), (5, 3, 2))
    expect(sorted(project.id for project in listed), made)
    expect(len(gl.projects.list(search=name, page=3, per_page=2)), 1)


def job_token_scope(gl, name):
    group = gl.groups.create({"name": name, "path": name})
    project = gl.projects.create({"path": "app", "namespace_id": group.id})
    other = gl.projects.create({"path": "other", "namespace_id": group.id})
    scope = project.job_token_scope.get()
    scope.enabled = False
    scope.save()
    scope.refresh()
    expect(scope.inbound_enabled, False)
    entry = scope.allowlist.create({"target_project_id": other.id})
    expect([found.id for found in scope.allowlist.list()], [other.id])
    group_entry = scope.groups_allowlist.create({"target_group_id": group.id})
    expect([found.id for found in scope.groups_allowlist.list()], [group.id])
    twice = {"target_project_id": other.id}
    raises(gitlab.GitlabCreateError, 400, "on the list already", lambda: scope.allowlist.create(twice))
    entry.delete()
    group_entry.delete()
    expect((scope.allowlist.list(), scope.groups_allowlist.list()), ([], []))


def protection_rules(gl, name):
    group = gl.groups.create({"name": name, "path": name})
    project = gl.projects.create({"path": "app", "namespace_id": group.id})
    rules = project.registry_protection_repository_rules
    pattern = {"repository_path_pattern": f"{name}/app/prod*", "minimum_access_level_for_push": "maintainer"}
    rule = rules.create(pattern)
    rule.minimum_access_level_for_push = "owner"
    rule.save()
    expect([found.minimum_access_level_for_push for found in rules.list()], ["owner"])
    raises(gitlab.GitlabCreateError, 409, "409 Conflict", lambda: rules.create(pattern))
    rules.delete(rule.id)
    expect(rules.list(), [])


def job_token(gl, name):
    group = gl.groups.create({"name": name, "path": name})
    project = gl.projects.create({"path": "app", "namespace_id": group.id})
    job = gl.http_post(f"/projects/{project.id}/jobs", post_data={"username": "root", "name": "build"})
    own = connect(job_token=job["token"])
    expect(own.http_get("/job")["id"], job["id"])
    raises(gitlab.GitlabAuthenticationError, 401, "401 Unauthorized", own.auth)
    expect([found.id for found in project.jobs.list()], [job["id"]])
    expect(project.jobs.get(job["id"]).status, "running")


def refusals(gl, name):
    nobody = connect(private_token="glpat-000000000000000000000000000000000")
    raises(gitlab.GitlabAuthenticationError, 401, "401 Unauthorized", nobody.auth)
    raises(gitlab.GitlabGetError, 404, "404 Project Not Found", lambda: gl.projects.get("no/such"))
    raises(gitlab.GitlabHttpError, 400, "colour is unknown here", lambda: gl.http_get("/projects", {"colour": "red"}))
    gl.groups.create({"name": name, "path": name})
    raises(gitlab.GitlabCreateError, 409, name, lambda: gl.groups.create({"name": name, "path": name}))
    user = gl.users.create({"username": name + "-user", "name": "User", "force_random_password": True})
    token = user.personal_access_tokens.create({"name": "r", "scopes": ["read_api"]}).token
    reader = connect(private_token=token)
    body = {"name": "x", "path": "x"}
    raises(gitlab.GitlabCreateError, 403, "insufficient_scope", lambda: reader.groups.create(body))
    raises(gitlab.GitlabUpdateError, 403, "insufficient_scope", lambda: reader.users.update(user.id, {"name": "x"}))
    expect(len(gl.version()[0]) > 0, True)
