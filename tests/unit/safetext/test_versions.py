import pytest

from modules.safetext.redaction import redact


@pytest.mark.parametrize(
    "text",
    [
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/131.0.0.0 Safari/537.36 Edg/13.1.2.3",
        "HeadlessChrome/131.0.0.0",
        "Opera/9.80 Version/12.16.1.2",
        "route to 10.0.0.0/8",
        "pkg==10.1.2.3 other[extra]>=1.2.3.4",
        'the version 1.2.3.4 of it, browser_version: 1.2.3.4, "version": "1.2.3.4"',
        "release=1.2.3.4",
        "User-Agent: okhttp/4.12.0.1",
        "user_agent=shop-app/1.2.3.4 (iOS 17.5.1)",
        "'User-Agent': 'MyApp/2.3.0.17 CFNetwork/1494.0.7 Tool/1.2.3.5'",
        '"http.user_agent": "Microsoft Office/16.0.0.1"',
        "got pkg-1.2.3.4.tar.gz",
        "wheel foo-10.1.2.3-py3-none-any.whl",
        "foo_bar-10.1.2.3-cp311-cp311-manylinux_2_17_x86_64.whl lib-10.1.2.3.jar",
        "/opt/app-1.2.3.4/bin",
        "/usr/local/lib/app-1.2.3.4/x.so",
        "image shop:1.2.3.4",
        'image: "registry.example:5000/acme/shop:10.1.2.3"',
        "docker pull acme/shop:1.2.3.4",
        "FROM shop:1.2.3.4",
        "ghcr.io/acme/shop:1.2.3.4",
        "the release shop@1.2.3.4",
        "npm install shop@1.2.3.4",
        "pkg:pypi/shop@1.2.3.4",
    ],
)
def test_a_version_of_four_numbers_is_no_address(text: str) -> None:
    assert redact(text) == (text, {})


@pytest.mark.parametrize(
    "before",
    ["", "from ", "db/", "db.example/", "Chrome/131.0.0.0 from ", "ip==", "ip.addr==", "REMOTE_ADDR==",
     "conversion of ", "host=", "inversion/", "server ", "a=", "conversion ", "ip=", "http://",
     "ip-", "db-", "/opt/host-", "/backups/db-", "root@", "ssh deploy@", "shop@", "peer:", "host:", "shop:",
     "image from peer ", "image host:", "http://ghcr.io/peer:", "User-Agent: curl/8.0 from db/",
     "'User-Agent': 'curl/8.0', 'peer': 'db/", "User-Agent: curl/8.0\nX-From: db/", "user_agent=curl/8.0 peer=db/",
     "from\tx:", "pull from:"],
)  # fmt: skip
def test_an_address_is_none_of_a_version(before: str) -> None:
    assert redact(f"{before}10.1.2.3 x")[0] == f"{before}[redacted:ip-address] x"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("image shop:10.1.2.3:5000", "image shop:[redacted:ip-address]:5000"),
        ("User-Agent: db/10.1.2.3:80", "User-Agent: db/[redacted:ip-address]:80"),
        ("http://node-10.1.2.3/x", "http://node-[redacted:ip-address]/x"),
        ("access-10.1.2.3.log", "access-[redacted:ip-address].log"),
        ("db-10.1.2.3.tar.gz", "db-[redacted:ip-address].tar.gz"),
        ("/opt/backups/host-1.2.3.4/x", "/opt/backups/host-[redacted:ip-address]/x"),
        ("http://1.2.3.4/", "http://[redacted:ip-address]/"),
        ("1.2.3.4:80", "[redacted:ip-address]:80"),
    ],
)
def test_what_follows_tells_an_address(text: str, hidden: str) -> None:
    assert redact(text)[0] == hidden
