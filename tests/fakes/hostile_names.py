"""Paths, branches and names of files that try to lead elsewhere, by parts and places."""

import itertools

UP = ("..", ".", "...", ".. ", ". .", "..\t", "\x2e\x2e\x00", "..\\", "%2e%2e\\..")
GIT = (
    ".git",
    ".GIT",
    ".Git",
    "git~1",
    "GIT~1",
    ".git ",
    ".git.",
    ".git. .",
    ".g\u200cit",
    ".git\\",
)
ABSOLUTE = ("/", "//server/share", "C:", "c:\\windows", "\\\\server\\share", "file:", "webpack:/")
ODD = (
    "",
    "<anonymous>",
    "node:internal",
    "a\x00b",
    "a\nb",
    "a\x7fb",
    "a|b",
    'a"b',
    "a*b",
    "a?",
    "a>b",
)
LONG = ("a" * 256, "ä" * 128, "e\u0301", "\ud800", "a/" * 500 + "b")
PLACES = (
    *("{}", "{}/x", "a/{}", "a/{}/x", "a/b/{}/../x", "{}/{}", "src/{}.", "/{}", "{}//x", "{}/"),
    *("ü/{}/ü", "a/b/c/d/{}", "{}/../../x"),
)
PATHS = sorted(
    place.replace("{}", part)
    for place, part in itertools.product(PLACES, {*UP, *GIT, *ABSOLUTE, *ODD, *LONG})
)
REF_PARTS = (
    *("HEAD", "@", "main", "refs/heads/main", "x:refs/heads/main", "+main", "-x", "--mirror"),
    *("--upload-pack=touch x", "ext::sh -c id", "file:///etc", "a..b", "@{-1}", "a@{1}", "x.lock"),
    *(".a", "a.", "a b", "a\tb", "a\nb", "a\0b", "a\x7fb", "a~1", "a^", "a?", "a*", "a[b", "a\\b"),
    *(
        "\xe4",
        "\u202ea",
        "\u200ba",
        "\uff0e\uff0e",
        "Main",
        "a" * 201,
        "",
        "/",
        "..",
        "%2e%2e",
        "$(id)",
    ),
)
REF_PLACES = (
    *(
        "{}",
        "{}/x",
        "x/{}",
        "x/{}/y",
        "sentry-autofix/{}",
        "sentry-autofix/{}-g1",
        "{}.lock",
        "x{}",
    ),
    *("{}x", " {}", "{} ", "/{}", "{}/", "{}\n", "sentry-autofix/../{}"),
)
REFS = sorted({place.replace("{}", part) for part in REF_PARTS for place in REF_PLACES})
FILE_PARTS = (
    *(
        b"-rf",
        b"--",
        b":(top)x",
        b":!x",
        b"*",
        b"?",
        b"[a]",
        b"~",
        b"$(id)",
        b"`id`",
        b"a;b",
        b"a|b",
    ),
    *(
        b"a'b",
        b'a"b',
        b"a\\b",
        b"C:x",
        b"nul",
        b"a b",
        b" a",
        b"a ",
        b"a.",
        b"...",
        b"\x01",
        b"\x1b[2J",
    ),
    *(
        b"\t",
        b"\n",
        b"\r",
        b"\x7f",
        b"\x80",
        b"\xff\xfe",
        b"\xc3\xa4",
        b"a\xcc\x88",
        b"\xe2\x80\xae",
        b"\xf0\x9f\x92\xa9",
    ),
    *(
        b"%2e%2e",
        b"..\xe2\x80\x8b",
        b"\xef\xbc\x8e\xef\xbc\x8e",
        b"a" * 240,
        b"HEAD",
        b"@",
        b"x.lock",
    ),
)
FILE_PLACES = (
    *(
        b"{}",
        b"{}.py",
        b"x{}",
        b"{}x",
        b"a/{}",
        b"{}/a",
        b"a/{}/b",
        b"{}/{}",
        b"tests/{}",
        b"src/{}.txt",
    ),
    *(b"{}-1", b"b/c/{}", b"_{}_", b"d/e/{}.txt", b"2{}", b"{}3", b"f/{}/g/h", b"i/x{}"),
)
FILES = sorted({place.replace(b"{}", part) for part in FILE_PARTS for place in FILE_PLACES})
