"""What GitHub refuses, and what to do about it.

GitHubError
├── BadLogin      authentication  the token or the App's key is not accepted (401)
├── Forbidden     permission      the login may not do this (403)
├── Archived      permission      the repository is read-only (403)
├── Missing       not_found       no such thing, or the login cannot see it (404, 410, 451)
├── Moved         conflict        the repository has another name now
├── Rejected      validation      the values are refused (409, 422); attributes say which
├── Limited       rate_limit      primary or secondary rate limit (403, 429)
├── Away          upstream        GitHub failed (5xx); a write may have been applied
├── BadAnswer     upstream        an answer that is not what the API documents
└── NoLogin       configuration   no login is set, or the App's key cannot be used
"""

from modules.framework.contracts import Category
from modules.framework.errors import ModuleError


class GitHubError(ModuleError):
    """GitHub did not do what was asked."""


class BadLogin(GitHubError):
    """GitHub does not accept the login."""

    code = "forge_auth"
    category = Category.AUTHENTICATION
    recovery = (
        "Set GITHUB_TOKEN to a valid token, or GITHUB_APP_ID and the App's private key (and check "
        "this machine's clock); GITHUB_API_URL must name the same server."
    )


class Forbidden(GitHubError):
    """The login may not do this."""

    code = "forge_forbidden"
    category = Category.PERMISSION
    recovery = (
        "Give it, for this repository: contents and pull requests (write), checks and commit "
        "statuses (read)."
    )


class Archived(GitHubError):
    """The repository is archived, so nothing can be changed in it."""

    code = "repository_archived"
    category = Category.PERMISSION
    recovery = "Unarchive it on GitHub, or take it out of the mapping of projects."


class Missing(GitHubError):
    """There is no such thing, or the login cannot see it."""

    code = "repository_missing"
    category = Category.NOT_FOUND
    recovery = "Check owner/name in the mapping of projects, and that the login may see it."


class Moved(GitHubError):
    """The repository has another name now."""

    code = "repository_renamed"
    category = Category.CONFLICT
    recovery = "Write its new name into the mapping of projects."


class Rejected(GitHubError):
    """GitHub refuses the values.

    `exists`: there is an open pull request of that head. `no_drafts`: the plan has none.
    `fields`: the names of ours that it complains about.
    """

    code = "forge_refused"
    category = Category.VALIDATION
    recovery = "Check base_branch, and that the branch has commits that the base has not."

    def __init__(
        self, *, exists: bool = False, no_drafts: bool = False, fields: tuple[str, ...] = ()
    ) -> None:
        named = f" Fields: {', '.join(fields)}." if fields else ""
        super().__init__(f"GitHub refuses the values.{named}")
        self.exists, self.no_drafts, self.fields = exists, no_drafts, fields


class Limited(GitHubError):
    """GitHub asks for fewer requests."""

    code = "forge_rate_limited"
    category = Category.RATE_LIMIT
    retryable = True
    recovery = "Wait as long as retry_after_seconds says."


class Away(GitHubError):
    """GitHub failed."""

    code = "forge_unavailable"
    category = Category.UPSTREAM
    retryable = True
    recovery = "Try again in a few minutes."


class BadAnswer(GitHubError):
    """The answer is not what GitHub's API documents."""

    code = "forge_bad_answer"
    category = Category.UPSTREAM
    recovery = (
        "Check that GITHUB_API_URL is the root of GitHub's API (an Enterprise server: "
        "https://HOST/api/v3), and what proxies stand before it."
    )


class NoLogin(GitHubError):
    """There is no login for GitHub that can be used."""

    code = "forge_no_login"
    category = Category.CONFIGURATION
    recovery = "Set GITHUB_TOKEN, or GITHUB_APP_ID and the App's private key (docs/github.md)."
