"""Arguments, environments and answers of git, without git."""

import base64

import pytest

from modules.autofix.adapters.safegit import (
    CONFIG,
    GIT_ENV,
    Entry,
    folder_name,
    foreign_branch,
    git_argv,
    kept,
    our_branch,
    parse_changes,
    parse_tree,
    push_args,
    release_names,
    sha,
    token_env,
    transport_env,
)

SHA = "a" * 40
ODD = (
    *("", "-x", "--upload-pack=x", "a..b", "a//b", "/a", "a/", "a.", ".a", "a/.b", "x.lock"),
    *("x.lock/y", "@{-1}", "a@{1}", "a b", "a\nb", "a\0b", "a~1", "a^", "a:b", "a?", "a*", "a[b"),
    "a\\b",
)


@pytest.mark.parametrize("name", [*ODD, "HEAD", "Main", "ä", "@", "a" * 201])
def test_an_odd_branch_is_not_pushed(name: str) -> None:
    with pytest.raises(ValueError, match="not a branch"):
        our_branch(name)
    with pytest.raises(ValueError, match="not a branch"):
        push_args("/x.git", SHA, name)


@pytest.mark.parametrize("name", [*ODD, "@"])
def test_an_odd_branch_of_people_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not a branch"):
        foreign_branch(name)


def test_people_name_branches_as_they_like() -> None:
    for name in ("main", "Release/1.2", "größe", "feature/#12"):
        assert foreign_branch(name) == name


@pytest.mark.parametrize("name", ODD)
def test_an_odd_name_keeps_nothing(name: str) -> None:
    with pytest.raises(ValueError, match="not a ref"):
        kept(name)


@pytest.mark.parametrize("text", ["", "HEAD", "a" * 39, "a" * 41, "A" * 40, "g" * 40, f"{SHA}\n"])
def test_a_commit_is_named_in_full(text: str) -> None:
    with pytest.raises(ValueError, match="not a commit"):
        sha(text)


def test_a_push_names_one_ref_and_its_lease() -> None:
    first = push_args("/x.git", SHA, "fix/a")
    again = push_args("/x.git", SHA, "fix/a", "b" * 40)

    assert first[-3:] == ("--end-of-options", "/x.git", f"{SHA}:refs/heads/fix/a")
    assert "--force-with-lease=refs/heads/fix/a:" in first
    assert f"--force-with-lease=refs/heads/fix/a:{'b' * 40}" in again
    assert not {"--force", "-f", "--all", "--mirror"} & {*first, *again}


def test_every_call_names_its_folders_and_overrules_configuration() -> None:
    argv = git_argv("status", gitdir="/m.git", worktree="/t", config=("user.name=x",))

    assert argv[:3] == ["git", "--git-dir=/m.git", "--work-tree=/t"]
    assert argv[-3:] == ["-c", "user.name=x", "status"]
    assert {"core.hooksPath=/dev/null", "core.fsmonitor=false", "protocol.allow=never"} <= set(argv)
    assert argv.count("-c") == len(CONFIG) + 1
    assert GIT_ENV["GIT_CONFIG_GLOBAL"] == "/dev/null"


@pytest.mark.parametrize(
    "address",
    [
        *(
            "",
            "x",
            "../x",
            "-x",
            "ext::sh -c id",
            "file:///x",
            "ssh://x/y",
            "git@host:x",
            "http://x/y",
        ),
        *("https://", "https:///x", "https://u:p@host/x", "https://host/x y", "/x\n", "/x\x1b"),
    ],
)
def test_other_addresses_have_no_transport(address: str) -> None:
    with pytest.raises(ValueError, match="not an address"):
        transport_env(address)


def test_an_address_opens_one_transport() -> None:
    assert transport_env("/srv/shop") == {"GIT_ALLOW_PROTOCOL": "file"}
    assert transport_env("https://host/shop.git") == {"GIT_ALLOW_PROTOCOL": "https"}


def test_the_login_is_for_one_host() -> None:
    env = token_env("https://github.com", "word")

    assert env["GIT_CONFIG_KEY_0"] == "http.https://github.com/.extraHeader"
    coded = env["GIT_CONFIG_VALUE_0"].rsplit(" ", 1)[1]
    assert base64.b64decode(coded) == b"x-access-token:word"


def test_a_folder_is_named_after_its_repository() -> None:
    names = {folder_name(one) for one in ("/a/Shop", "/b/Shop", "https://x/Shop.git", "/", "/../ü")}

    assert len(names) == 5
    assert folder_name("/a/Shop").startswith("shop-")
    assert all(name.replace("-", "").isalnum() and name.isascii() for name in names)


def test_a_release_may_be_a_tag_or_a_commit() -> None:
    names = release_names("shop@1.2.3+5")

    assert {"refs/tags/v1.2.3^{commit}", "refs/tags/1.2.3^{commit}"} <= set(names)
    assert release_names(f"shop@{SHA}")[-1] == f"{SHA}^{{commit}}"
    for odd in ("", "-x", "a\nb", "a b", "x" * 300, "@{-1}"):
        assert release_names(odd) == ()


def test_a_raw_diff_is_read() -> None:
    raw = b":100644 100755 1 2 M\0a.py\0:000000 160000 1 2 A\0:b\tc\0:100644 000000 1 2 D\0\xff\0"
    counts = b"3\t4\ta.py\0" + b"1\t0\t:b\tc\0" + b"-\t-\t\xff\0"

    first, second, third = parse_changes(raw + counts)

    assert (first.path, first.status, first.new_mode) == ("a.py", "M", "100755")
    assert (first.added, first.deleted) == (3, 4)
    assert (second.path, second.new_mode, second.added) == (":b\tc", "160000", 1)
    assert (third.path, third.readable, third.added) == ("\\xff", False, None)
    assert parse_changes(b"") == ()


def test_a_listing_is_read() -> None:
    answer = b"100644 blob 12      34\ta\tb\0" + b"160000 commit 56       -\tsub\0"

    assert list(parse_tree(answer)) == [
        Entry("100644", "12", 34, b"a\tb"),
        Entry("160000", "56", 0, b"sub"),
    ]
