"""Secrets that show by their form: one line each.

A rule is found by its needle, a literal that no other text is likely to contain, and only then
matched; so ordinary text costs one fast search per needle. A pattern with a group redacts the
group. Tails take what follows to the end of the word, with no upper bound: a longer secret of the
same form must not leave its end behind. Lengths are lower than the issuers' own, since what comes
from Sentry may have been cut.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from .spelled import SPELLED

W: Final = "[A-Za-z0-9]"
U: Final = "[A-Za-z0-9_-]"
HEX: Final = "[0-9a-f]"
B64: Final = "[A-Za-z0-9+/]"
UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@dataclass(frozen=True)
class Rule:
    """`back`: how far before the needle the match begins."""

    kind: str
    needle: str
    pattern: str
    back: int = 0

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        """Compiled at the first hit of the needle: most needles never hit."""
        return re.compile(self.pattern)


# kind, needles, what follows: wherever they stand, even glued to other text
ANYWHERE: Final = (
    ("aws-access-key", "AKIA ASIA ABIA ACCA", "[A-Z2-7]{16}"),
    ("aws-bedrock-key", "ABSKQmVkcm9ja0FQSUtleS", f"{B64}{{20,}}+={{0,2}}"),
    ("aws-mws-token", "amzn.mws.", UUID),
    ("gcp-api-key", "AIza", f"{U}{{30,}}+"),
    ("gcp-access-token", "ya29.", f"{U}{{20,}}+(?:\\.{U}++)?"),
    ("gcp-oauth-secret", "GOCSPX-", f"{U}{{20,}}+"),
    ("gcp-refresh-token", "1//0", f"{U}{{30,}}+"),
    ("github-token", "ghp_ gho_ ghu_ ghs_ ghr_", f"{W}{{16,}}+"),
    ("github-fine-grained-token", "github_pat_", r"\w{20,}+"),
    ("gitlab-token", "glpat- glagent- glsoat- gloas- glffct- glimt-", rf"{U}{{16,}}+(?:\.{U}++)*+"),
    ("gitlab-ci-token", "glcbt- glptt- glrt- glrtr- gldt- glft-", rf"{U}{{16,}}+(?:\.{U}++)*+"),
    ("atlassian-token", "ATATT3 ATCTT3 ATSTT3", "[A-Za-z0-9_=-]{30,}+"),
    ("bitbucket-token", "ATBB", f"{W}{{24,}}+"),
    ("circleci-token", "CCIPAT_ CCIPRJ_", f"{W}++_{HEX}{{30,}}+"),
    ("buildkite-token", "bkua_ bkct_", f"{W}{{30,}}+"),
    ("sentry-org-token", "sntrys_", "[A-Za-z0-9+/=_-]{20,}+"),
    ("sentry-user-token", "sntryu_", f"{W}{{20,}}+"),
    ("sentry-integration-token", "sntryi_", f"{W}{{20,}}+"),
    ("sentry-app-token", "sntrya_", f"{W}{{20,}}+"),
    (
        "slack-token",
        "xoxb- xoxp- xoxa- xoxe- xoxo- xoxr- xoxs- xoxc- xoxd-",
        "[A-Za-z0-9%.-]{13,}+",
    ),
    ("slack-app-token", "xapp-", rf"\d-{U}{{20,}}+"),
    ("stripe-key", "sk_live_ sk_test_ rk_live_ rk_test_", f"{W}{{10,}}+"),
    ("webhook-secret", "whsec_", "[A-Za-z0-9+/=]{20,}+"),
    ("openai-key", "sk-proj- sk-svcacct- sk-admin-", f"{U}{{20,}}+"),
    ("anthropic-key", "sk-ant-", f"{U}{{20,}}+"),
    ("openrouter-key", "sk-or-", f"{U}{{20,}}+"),
    ("langsmith-key", "lsv2_pt_ lsv2_sk_", r"\w{20,}+"),
    ("langfuse-key", "sk-lf-", UUID),
    ("nvidia-key", "nvapi-", f"{U}{{30,}}+"),
    ("perplexity-key", "pplx-", f"{W}{{30,}}+"),
    ("together-key", "tgp_v1_", f"{U}{{30,}}+"),
    ("npm-token", "npm_", f"{W}{{30,}}+"),
    ("pypi-token", "pypi-AgE", f"{U}{{30,}}+"),
    ("rubygems-key", "rubygems_", f"{HEX}{{40,}}+"),
    ("clojars-token", "CLOJARS_", f"{W}{{40,}}+"),
    ("docker-token", "dckr_pat_ dckr_oat_", f"{U}{{20,}}+"),
    ("artifactory-token", "AKCp cmVmdGtuOjAxOj", f"{W}{{40,}}+"),
    ("heroku-key", "HRKU-", f"{U}{{30,}}+"),
    ("sendgrid-key", "SG.", rf"{U}{{16,64}}+\.{U}{{16,}}+"),
    ("brevo-key", "xkeysib- xsmtpsib-", f"{HEX}{{40,}}+-?{W}*+"),
    ("mailersend-token", "mlsn.", f"{HEX}{{40,}}+"),
    ("discord-webhook", "/api/webhooks/", rf"\d{{15,22}}+/{U}{{30,}}+"),
    ("slack-webhook", "hooks.slack.com/", r"(?:services|workflows|triggers)/[A-Za-z0-9+/]{20,}+"),
    ("teams-webhook", ".webhook.office.com/webhookb2/", "[A-Za-z0-9@/-]{40,}+"),
    ("zapier-webhook", "hooks.zapier.com/hooks/catch/", "[A-Za-z0-9/]{8,}+"),
    ("shopify-token", "shpat_ shpca_ shppa_ shpss_ shprt_", f"{W}{{20,}}+"),
    ("square-token", "sq0atp- sq0csp- sq0idp-", f"{U}{{20,}}+"),
    ("newrelic-key", "NRAK- NRII- NRJS- NRAA- NRIQ-", f"{U}{{18,}}+"),
    ("grafana-token", "glsa_ glc_eyJ", r"[A-Za-z0-9+/_=]{20,}+"),
    ("vault-token", "hvs. hvb. hvr.", f"{U}{{20,}}+"),
    ("digitalocean-token", "dop_v1_ doo_v1_ dor_v1_", f"{HEX}{{40,}}+"),
    ("cloudflare-origin-key", "v1.0-", rf"{HEX}{{24}}-{HEX}{{40,}}+"),
    ("fly-token", "fm1r_ fm1a_ fm2_ fo1_", r"[\w+/=,-]{20,}+"),
    ("supabase-key", "sbp_ sb_secret_", r"\w{20,}+"),
    ("planetscale-token", "pscale_tkn_ pscale_pw_ pscale_oauth_", r"[\w.=-]{20,}+"),
    (
        "doppler-token",
        "dp.pt. dp.st. dp.ct. dp.sa. dp.scim. dp.audit.",
        rf"(?:[\w-]{{1,35}}\.)?{W}{{30,}}+",
    ),
    ("pulumi-token", "pul-", f"{HEX}{{40,}}+"),
    ("onepassword-token", "ops_eyJ", "[A-Za-z0-9+/=_-]{40,}+"),
    ("age-key", "AGE-SECRET-KEY-1", "[A-Z0-9]{40,}+"),
    ("dynatrace-token", "dt0c01. dt0s01. dt0s16.", r"[A-Z0-9]{8,64}+\.[A-Z0-9]{30,}+"),
    ("honeycomb-key", "hcaik_ hcbik_ hcamk_", f"{W}{{30,}}+"),
    ("sonar-token", "squ_ sqp_ sqa_", f"{HEX}{{40,}}+"),
    ("postman-key", "PMAK-", rf"{HEX}{{20,}}+-{HEX}{{30,}}+"),
    ("linear-key", "lin_api_ lin_oauth_ lin_wh_", f"{W}{{30,}}+"),
    ("figma-token", "figd_", f"{U}{{30,}}+"),
    ("contentful-token", "CFPAT-", f"{U}{{40,}}+"),
    ("typeform-token", "tfp_", r"[\w.=-]{40,}+"),
    ("easypost-key", "EZAK EZTK", f"{W}{{50,}}+"),
    ("shippo-token", "shippo_live_ shippo_test_", f"{HEX}{{30,}}+"),
    ("duffel-token", "duffel_live_ duffel_test_", f"{U}{{40,}}+"),
    ("flutterwave-key", "FLWSECK- FLWSECK_TEST-", f"{W}{{12,}}+(?:-X)?"),
    ("razorpay-key", "rzp_live_ rzp_test_", f"{W}{{14,}}+"),
    ("plaid-token", "access-sandbox- access-production- access-development-", UUID),
    (
        "braintree-token",
        "access_token$production$ access_token$sandbox$",
        rf"{W}{{10,32}}\${HEX}{{20,}}+",
    ),
    ("twitter-bearer", "AAAAAAAAAAAAAAAAAAAAA", r"[\w%]{50,}+"),
    ("facebook-token", "EAACEdEose0cBA EAAG EAAB EAAC", f"{W}{{80,}}+"),
    ("onesignal-key", "os_v2_app_ os_v2_org_", f"{W}{{60,}}+"),
    ("prefect-key", "pnu_ pnb_", f"{W}{{36,}}+"),
    ("scaleway-key", "SCWXX SCW", "[A-Z0-9]{17}(?![A-Za-z0-9])"),
    ("netlify-token", "nfp_ nfc_ nfo_ nfu_ nfb_", f"{W}{{30,}}+"),
    ("vercel-token", "vcp_ vci_ vca_ vcr_ vck_", f"{W}{{40,}}+"),
    ("notion-token", "ntn_ secret_ntn", f"{W}{{40,}}+"),
    ("tailscale-key", "tskey-", rf"(?:auth|api|client|scim|webhook)-{U}{{16,}}+"),
    ("password-hash", "pbkdf2_sha pbkdf2:sha", r"\d{1,3}[:$]\d{1,9}\$[\w+/=.$-]{20,}+"),
    ("password-hash", "$pbkdf2", r"(?:-sha\d{1,3})?\$\d{1,9}\$[\w+/=.$-]{20,}+"),
    ("password-hash", "$2a$ $2b$ $2x$ $2y$", r"\d\d\$[./A-Za-z0-9]{20,}+"),
    ("password-hash", "scrypt:", r"\d{1,9}:\d{1,3}:\d{1,3}\$[\w+/=.$-]{20,}+"),
    ("password-hash", "scrypt$", r"\d{1,9}\$[\w+/=.$-]{20,}+"),
    (
        "password-hash",
        "$1$ $5$ $6$",
        r"(?:rounds=\d{1,9}\$)?[./A-Za-z0-9]{1,32}\$[./A-Za-z0-9]{20,}+",
    ),
    ("password-hash", "$y$ $gy$ $7$", r"[./A-Za-z0-9]{1,64}\$[./A-Za-z0-9$]{20,}+"),
    ("express-session", "s%3A", r"[\w-]{20,}+(?:\.[\w%+/]++)?"),
)
# The same, but only where a word begins: these needles occur inside words.
AT_WORD: Final = (
    ("model-key", "sk-", f"{W}{{32,}}+"),
    ("groq-key", "gsk_", f"{W}{{40,}}+"),
    ("xai-key", "xai-", f"{W}{{60,}}+"),
    ("huggingface-token", "hf_ api_org_", f"{W}{{30,}}+"),
    ("replicate-token", "r8_", f"{W}{{30,}}+"),
    ("fireworks-key", "fw_", f"{W}{{20,}}+"),
    ("cargo-token", "cio", f"{W}{{32}}(?!{W})"),
    ("nuget-key", "oy2", f"[a-z0-9]{{43}}(?!{W})"),
    ("twilio-key", "SK AC", f"{HEX}{{32}}(?!{W})"),
    ("mailgun-key", "key-", f"{HEX}{{32}}(?!{W})"),
    ("resend-key", "re_", rf"{W}{{8}}_{W}{{20,}}+"),
    ("databricks-token", "dapi", rf"{HEX}{{32}}(?:-\d)?(?!{W})"),
    ("render-key", "rnd_", f"{W}{{28,}}+"),
    ("neon-key", "napi_", f"{W}{{50,}}+"),
    ("mapbox-token", "sk.eyJ", rf"{U}{{20,}}+\.{U}{{16,}}+"),
    ("airtable-token", "pat", rf"{W}{{14}}\.{HEX}{{50,}}+"),
    ("clickup-token", "pk_", r"\d{6,10}_[A-Z0-9]{30,}+"),
    ("square-access-token", "EAAA", f"{U}{{58,62}}+(?!{U})"),
    ("discord-token", "MT Mj Mz ND NT Nj Nz OD OT", rf"{U}{{21,26}}\.{U}{{6}}\.{U}{{27,}}+"),
    ("datadog-token", "ddpat_ ddapp_", f"{W}{{30,}}+"),
    ("launchdarkly-key", "sdk- api- mob-", f"{UUID}(?!{U})"),
)
# kind, needle, how far before it a match begins, the whole pattern
AROUND: Final = (
    ("azure-client-secret", "Q~", 4, r"[\w.~-]{3}\dQ~[\w.~-]{30,}+"),
    ("azure-devops-token", "AZDO", 76, f"{W}{{76}}AZDO{W}{{4}}"),
    ("azure-registry-key", "+ACR", 42, rf"{B64}{{42}}\+ACR{W}{{6}}"),
    ("telegram-token", ":AA", 8, rf"\d{{8}}:AA{U}{{32,}}+"),
    ("newrelic-license", "NRAL", 36, f"{HEX}{{36}}NRAL"),
    ("terraform-token", ".atlasv1.", 14, rf"{W}{{14}}\.atlasv1\.[\w=-]{{40,}}+"),
    ("mailchimp-key", "-us", 32, rf"(?<!{W}){HEX}{{32}}-us\d{{1,2}}"),
    ("jwt", "eyJ", 0, rf"eyJ{U}{{8,1500}}+\.{U}{{8,}}+(?:\.{U}*+){{0,3}}"),
    ("putty-key", "PuTTY-User-Key-File-", 0, r"PuTTY-User-Key-File-\d[\s\S]*+"),
    ("oracle-url", "jdbc:oracle:", 0, r"jdbc:oracle:\w{1,10}:[^\s/@]{1,64}/([^\s@]{1,128}+)@"),
)
# As above, with blanks or commas in them.
SPACED: Final = (
    (
        "password-hash",
        "$argon2",
        0,
        r"\$argon2(?:id|i|d)\$(?:v=\d{1,3}\$)?[a-z]=[\w=,]{1,60}\$[\w+/=.$-]{16,}+",
    ),
    ("password-hash", "scrypt$ln=", 0, r"scrypt\$ln=[\w=,]{1,40}\$[\w+/=.$-]{16,}+"),
    (
        "private-key",
        "-----BEGIN ",
        0,
        r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?:(?!-----END )[\s\S])*+(?:-----END [A-Z0-9 ]{0,40}-----)?",
    ),
)
# `<add key="Password" value="…"/>`, `<input name="token" value="…">`
MARK: Final = r"\\{0,128}+[\"']"
SETTING: Final = (
    rf"(?i)(?:key|name)={MARK}[^\"'\n]{{0,60}}(?:passw|passphrase|secret|token|api-?_?key)"
    rf"[^\"'\n]{{0,30}}{MARK}[^<>\n]{{0,200}}?\svalue={MARK}([^\"'\\\n]{{4,}}+)"
)
# As above; the needle is in small letters and is looked for in any case.
ANY_CASE: Final = (
    (
        "bearer-token",
        "bearer",
        0,
        r"(?i)bearer(?:[ \t]{1,8}|%20|\+)((?=[a-z._~+/=-]{0,64}\d|\S{24})[\w.~+/=-]{8,}+)",
    ),
    ("azure-storage-key", "accountkey", 0, rf"(?i)accountkey[=:\s]{{1,3}}({B64}{{40,}}+={{0,2}})"),
    (
        "azure-shared-key",
        "sharedaccess",
        0,
        rf"(?i)sharedaccesskey[=:\s]{{1,3}}({B64}{{30,}}+={{0,2}})",
    ),
    ("azure-signature", "sig=", 0, r"(?i)(?<![a-z])sig=([a-z0-9%+/]{30,}+={0,2})"),
    (
        "aws-signature",
        "x-amz-",
        0,
        r"(?i)x-amz-(?:signature|security-token|credential)=([\w%/+.-]{20,}+)",
    ),
    ("gcp-signature", "x-goog-sig", 0, r"(?i)x-goog-signature=([0-9a-f]{40,}+)"),
    (
        "datadog-key",
        "datadog",
        0,
        r"(?i)datadog[\w.-]{0,20}['\"]?\s{0,3}[=:]\s{0,3}['\"]?([0-9a-f]{32,40})(?!\w)",
    ),
    (
        "datadog-key",
        "dd-ap",
        0,
        r"(?i)dd-ap[ip]-key['\"]?\s{0,3}[=:]\s{0,3}['\"]?([0-9a-f]{32,40})(?!\w)",
    ),
    # `Basic` and base64, also without the header's name.
    (
        "basic-auth",
        "basic",
        0,
        rf"(?i)\bbasic(?:[ \t]{{1,4}}|%20|\+)((?=[a-z+/]{{0,80}}[0-9=]){B64}{{12,}}+={{0,2}})",
    ),
    (
        "connection-string",  # Go's form for MySQL
        "@tcp(",
        130,
        r"(?is).{0,129}?[\w.-]{1,64}:([^\s@:/'\"]{1,64})@tcp\(",
    ),
    ("secret", "key=", 0, SETTING),
    ("secret", "name=", 0, SETTING),
    ("okta-token", "ssws", 0, r"(?i)\bssws\s{1,4}([\w-]{20,}+)"),
)


def _rules() -> list[Rule]:
    plain = [
        Rule(kind, needle, re.escape(needle) + tail)
        for kind, needles, tail in ANYWHERE
        for needle in needles.split()
    ]
    at_word = [
        Rule(kind, needle, f"(?<!{W}){re.escape(needle)}{tail}")
        for kind, needles, tail in AT_WORD
        for needle in needles.split()
    ]
    return plain + _whole(AROUND) + at_word


def _whole(rows: Iterable[tuple[str, str, int, str]]) -> list[Rule]:
    return [Rule(kind, needle, pattern, back) for kind, needle, back, pattern in rows]


# No match of these is shorter than DENSE characters without a blank.
DENSE: Final = 18
EXACT: Final = tuple(_rules())
LOOSE: Final = tuple(_whole(SPACED))
FOLDED: Final = tuple(_whole((*ANY_CASE, *SPELLED)))
