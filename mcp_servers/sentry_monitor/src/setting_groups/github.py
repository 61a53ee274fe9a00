"""GitHub, where pull requests are opened and histories read."""

from pydantic import BaseModel, SecretStr

from .variable import variable


class GitHubSettings(BaseModel):
    """GitHub, where pull requests are opened and histories read."""

    base_branch: str | None = variable(
        "GITHUB_BASE_BRANCH",
        default=None,
        description="Base branch, for projects that name none; `main` if not set.",
    )
    github_token: SecretStr | None = variable(
        "GITHUB_TOKEN",
        default=None,
        description="Token for pull requests on GitHub: contents and pull requests (write), checks "
        "and commit statuses (read). docs/github.md.",
    )
    github_app_id: str | None = variable(
        "GITHUB_APP_ID",
        default=None,
        description="Of a GitHub App, which goes before GITHUB_TOKEN; needs its private key.",
    )
    github_app_key: SecretStr | None = variable(
        "GITHUB_APP_PRIVATE_KEY",
        default=None,
        description="The App's private key in PEM form; `\\n` may stand for the ends of lines.",
    )
    github_app_key_file: str | None = variable(
        "GITHUB_APP_PRIVATE_KEY_FILE",
        default=None,
        description="File with the App's private key, in the place of the key itself.",
    )
    github_app_installation: int | None = variable(
        "GITHUB_APP_INSTALLATION_ID",
        default=None,
        description="Installation of the App; found by the repository if not set.",
    )
    github_api_url: str = variable(
        "GITHUB_API_URL",
        default="https://api.github.com",
        description="API of GitHub; of an Enterprise server `https://HOST/api/v3`.",
    )
    github_repo: str | None = variable(
        "GITHUB_REPO",
        default=None,
        description="`owner/name` on GitHub: its issues are the tracker (docs/trackers.md; needs "
        "issues: write), its history tells the cause of errors of projects that are not mapped.",
    )
