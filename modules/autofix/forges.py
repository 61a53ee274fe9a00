"""Which forge a project's pull requests go to. No I/O."""

from modules.github.protocol import name_in

from .project import BadProjects, Project


def settled(project: Project, *, web: str, login: bool) -> Project:
    """The project with `forge`, `github` and `repository` as they are meant. `web` is GitHub's
    address for people, `login` whether there is one for it.

    On GitHub, GitHub's copy is the truth: the base is fetched from there and not from a clone that
    is mapped as well, whose base branch may be old, or have commits that nobody has published.

    Raises BadProjects.
    """
    name = project.github or name_in(project.repository, web) or ""
    project = project.model_copy(update={"github": name})
    if project.forge == "github":
        _possible(project, login=login)
    if name and (project.forge == "github" or (project.forge == "auto" and login)):
        there = {"forge": "github", "repository": f"{web}/{name}"}
        return project.model_copy(update=there)
    if not project.repository:
        return project.model_copy(update={"forge": "local", "repository": f"{web}/{name}"})
    return project.model_copy(update={"forge": "local"})


def _possible(project: Project, *, login: bool) -> None:
    if not project.github:
        raise BadProjects(
            f'Project {project.key!r} has forge = "github", and nothing says which repository it is '
            'there: give github = "owner/name".'
        )
    if not login:
        raise BadProjects(
            f'Project {project.key!r} has forge = "github", and there is no login: set GITHUB_TOKEN '
            "or the variables of a GitHub App (docs/github.md)."
        )
