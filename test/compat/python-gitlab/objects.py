"""python-gitlab, as an administrator: users, groups, projects, members and tokens. Each check starts in its own group."""

import gitlab
from common import connect, expect, raises


def users(gl, name):
    gl.auth()
    expect(gl.user.username, "root")
    user = gl.users.create({"username": name, "name": "Jane", "email": f"{name}@example.com", "reset_password": True})
    expect(gl.users.get(user.id).state, "active")
    expect([found.id for found in gl.users.list(username=name)], [user.id])
    expect([found.id for found in gl.users.list(search=name)], [user.id])
    user.name = "Jane Doé"
    user.external = True
    user.save()
    expect((gl.users.get(user.id).name, gl.users.get(user.id).external), ("Jane Doé", True))
    user.block()
    expect(gl.users.get(user.id).state, "blocked")
    user.unblock()
    expect(gl.users.get(user.id).state, "active")
    user.delete()
    raises(gitlab.GitlabGetError, 404, "404 User Not Found", lambda: gl.users.get(user.id))


def groups_and_projects(gl, name):
    group = gl.groups.create({"name": name, "path": name, "visibility": "internal"})
    sub = gl.groups.create({"name": "Tools", "path": "tools.d", "parent_id": group.id})
    group.name = "Acme"
    group.save()
    expect(gl.groups.get(name).name, "Acme")
    path = f"{name}/tools.d/my.app"
    project = gl.projects.create({"name": "My App", "path": "my.app", "namespace_id": sub.id, "visibility": "private"})
    expect(project.path_with_namespace, path)
    project.container_registry_access_level = "private"
    project.save()
    expect(gl.projects.get(path).container_registry_access_level, "private")
    project.archive()
    expect(gl.projects.get(project.id).archived, True)
    project.unarchive()
    expect([found.path for found in group.subgroups.list()], ["tools.d"])
    expect([found.path for found in group.projects.list(include_subgroups=True)], ["my.app"])
    project.delete()
    gl.groups.delete(name)
    raises(gitlab.GitlabGetError, 404, "404 Group Not Found", lambda: gl.groups.get(sub.id))


def members(gl, name):
    group = gl.groups.create({"name": name, "path": name})
    project = gl.projects.create({"path": "app", "namespace_id": group.id})
    ann = gl.users.create({"username": f"{name}-ann", "name": "Ann", "force_random_password": True})
    bob = gl.users.create({"username": f"{name}-bob", "name": "Bob", "force_random_password": True})
    group.members.create({"user_id": ann.id, "access_level": gitlab.const.AccessLevel.REPORTER})
    member = project.members.create({"user_id": bob.id, "access_level": 30, "expires_at": "2099-01-31"})
    expect(member.expires_at, "2099-01-31")
    member.access_level = gitlab.const.AccessLevel.MAINTAINER
    member.save()
    expect(project.members.get(bob.id).access_level, 40)
    expect([found.id for found in project.members.list()], [bob.id])
    everybody = {found.id: found.access_level for found in project.members_all.list(get_all=True)}
    expect((everybody[ann.id], everybody[bob.id]), (20, 40))
    expect(project.members_all.get(ann.id).access_level, 20)
    member.delete()
    raises(gitlab.GitlabGetError, 404, "404 Not found", lambda: project.members.get(bob.id))


def deploy_tokens(gl, name):
    group = gl.groups.create({"name": name, "path": name})
    project = gl.projects.create({"path": "app", "namespace_id": group.id})
    for holder in (project, group):
        made = holder.deploytokens.create({"name": name, "scopes": ["read_registry"], "expires_at": "2099-01-31"})
        expect(made.token[:5], "gldt-")
        expect(holder.deploytokens.get(made.id).scopes, ["read_registry"])
        expect(hasattr(holder.deploytokens.get(made.id), "token"), False)
        mine = [token.revoked for token in gl.deploytokens.list(iterator=True) if token.id == made.id]
        expect(mine, [False])
        made.delete()
        expect([token.revoked for token in holder.deploytokens.list() if token.id == made.id], [True])
    wrong = {"name": "x", "scopes": ["read_package_registry"]}
    raises(gitlab.GitlabCreateError, 400, "has no meaning here", lambda: project.deploytokens.create(wrong))


def personal_access_tokens(gl, name):
    user = gl.users.create({"username": name, "name": "Jane", "force_random_password": True})
    made = user.personal_access_tokens.create({"name": "laptop", "scopes": ["api"], "expires_at": "2099-01-31"})
    own = connect(private_token=made.token)
    expect(own.personal_access_tokens.get("self").id, made.id)
    expect([token.name for token in gl.personal_access_tokens.list(user_id=user.id)], ["laptop"])
    token = gl.personal_access_tokens.get(made.id)
    token.rotate(expires_at="2099-02-01")
    expect((token.expires_at, token.id == made.id), ("2099-02-01", False))
    raises(gitlab.GitlabAuthenticationError, 401, "401 Unauthorized", own.auth)
    own = connect(private_token=token.token)
    again = own.personal_access_tokens.get("self")
    again.rotate(self_rotate=True)
    own = connect(oauth_token=again.token)
    own.auth()
    expect(own.user.username, name)
    gl.personal_access_tokens.delete(again.id)
    raises(gitlab.GitlabAuthenticationError, 401, "401 Unauthorized", own.auth)
