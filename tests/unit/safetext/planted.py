"""Secrets of every kind, made when the tests run so that no scanner trips over this repository.

A line is a kind, its text and, where a shorter text would not do, a near miss that is no secret.
In a text {w36} stands for 36 letters and digits, {h} for hexadecimal, {c} for capitals and digits,
{l} for small letters and digits, {d} for digits, {uuid} for an identifier.
"""

import random
import re
from typing import Final, NamedTuple

ALPHABETS: Final = {
    "w": "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789",
    "h": "0123456789abcdef",
    "c": "ABCDEFGHJKLMNPQRSTUVWXYZ234567",
    "l": "abcdefghijklmnopqrstuvwxyz0123456789",
    "d": "123456789",
}
FORMS: Final = """
age-key | AGE-SECRET-KEY-1{c58}
airtable-token | pat{w14}.{h64}
anthropic-key | sk-ant-api03-{w90}
artifactory-token | AKCp{w69}
atlassian-token | ATATT3{w180}
aws-access-key | AKIA{c16}
aws-access-key | ASIA{c16}
aws-bedrock-key | ABSKQmVkcm9ja0FQSUtleS{w90}
aws-mws-token | amzn.mws.{uuid}
aws-signature | X-Amz-Signature={h64}
azure-client-secret | {w3}8Q~{w34}
azure-devops-token | {w76}AZDO{w4}
azure-registry-key | {w42}+ACR{w6}
azure-shared-key | x;SharedAccessKey={w43}= | x SharedAccess {w43}
azure-signature | ?sv=2022&sig={w43}%3D
azure-storage-key | AccountName=x;AccountKey={w86}==;End | AccountName=x;AccountKey=
basic-auth | https://deploy:{w14}@git.example.com/x | https://deploy@git.example.com/x
basic-auth | curl -s -u deploy:{w14} https://git.example.com/x | curl -s -u deploy https://git.example.com/
basic-auth | x: Basic {w30}== | basic authentication, basic auth2
bearer-token | curl -H 'X: Bearer {w30}' | the bearer of bad news, bearer authentication
bitbucket-token | ATBB{w32}
braintree-token | access_token$production${l16}${h32}
brevo-key | xkeysib-{h64}-{w16}
buildkite-token | bkua_{h40}
cargo-token | cio{w32}
circleci-token | CCIPAT_{w22}_{h40}
clickup-token | pk_{d8}_{c32}
clojars-token | CLOJARS_{h60}
cloudflare-origin-key | v1.0-{h24}-{h146}
connection-string | postgresql+asyncpg://app:{w16}@db:5432/x | postgresql://app@db:5432/x
connection-string | app:{w16}@tcp(db:3306)/shop | app@tcp(db:3306)/shop
connection-string | redis://:{w6}/{w10}@cache:6379/0 | redis://cache:6379/0
contentful-token | CFPAT-{w43}
databricks-token | dapi{h32}
datadog-key | DD-API-KEY: {h32} | DD-API-KEY: none
datadog-token | ddpat_{w40}
digitalocean-token | dop_v1_{h64}
discord-token | MTk4{w21}.{w6}.{w38}
discord-webhook | https://discord.com/api/webhooks/{d18}/{w68}
docker-token | dckr_pat_{w27}
doppler-token | dp.pt.{w43}
duffel-token | duffel_live_{w43}
dynatrace-token | dt0c01.{c24}.{c64}
easypost-key | EZAK{w54}
express-session | s%3A{w32}.{w43}
facebook-token | EAAG{w120}
figma-token | figd_{w40}
fireworks-key | fw_{w24}
flutterwave-key | FLWSECK-{h32}-X
fly-token | fm2_{w60}
gcp-access-token | ya29.{w60}
gcp-api-key | AIza{w35}
gcp-oauth-secret | GOCSPX-{w28}
gcp-refresh-token | 1//0{w60}
gcp-signature | X-Goog-Signature={h64}
github-fine-grained-token | github_pat_{w22}_{w59}
github-token | ghp_{w36}
github-token | gho_{w36}
github-token | ghs_{w36}
gitlab-ci-token | glptt-{h40}
gitlab-token | glpat-{w20}
grafana-token | glsa_{w32}_{h8}
groq-key | gsk_{w52}
heroku-key | HRKU-{w60}
honeycomb-key | hcaik_{l58}
huggingface-token | hf_{w34}
iban | DE89 3704 0044 0532 0130 00 | DE88 3704 0044 0532 0130 00
iban | GB82WEST12345698765432 | GB83WEST12345698765432
jwt | eyJ{w30}.eyJ{w60}.{w43}
langfuse-key | sk-lf-{uuid}
langsmith-key | lsv2_pt_{h32}_{h10}
launchdarkly-key | sdk-{uuid}
linear-key | lin_api_{w40}
mailchimp-key | {h32}-us12
mailersend-token | mlsn.{h64}
mailgun-key | key-{h32}
mapbox-token | sk.eyJ{w60}.{w22}
model-key | sk-{w48} | task-{w48}
neon-key | napi_{l64}
netlify-token | nfp_{w36}
newrelic-key | NRAK-{c27}
newrelic-license | {h36}NRAL
notion-token | ntn_{w46}
npm-token | npm_{w36}
nuget-key | oy2{l43}
nvidia-key | nvapi-{w64}
okta-token | x: SSWS {w42}
onepassword-token | ops_eyJ{w200}
onesignal-key | os_v2_app_{l104}
openai-key | sk-proj-{w120}
openrouter-key | sk-or-v1-{h64}
oracle-url | jdbc:oracle:thin:scott/{w12}@db:1521 | jdbc:oracle:thin:@db:1521
password-hash | pbkdf2_sha256$1000000${w22}${w43}= | pbkdf2_sha256$1000000$
password-hash | pbkdf2:sha256:260000${w16}${h64}
password-hash | $2b$12${w53} | $2b$12$
password-hash | $2y$10${w53}
password-hash | $argon2id$v=19$m=65536,t=3,p=4${w22}${w43} | $argon2id$v=19$m=65536,t=3,p=4$
password-hash | scrypt:32768:8:1${w16}${h128} | scrypt:32768:8:1
password-hash | scrypt$16384${w12}$8$1${w86}== | scrypt$16384$
password-hash | $scrypt$ln=16,r=8,p=1${w22}${w43} | $scrypt$ln=16,r=8
password-hash | $6${w16}${w86}
password-hash | $5$rounds=5000${w16}${w43}
password-hash | $y$j9T${w22}${w43}
perplexity-key | pplx-{w48}
plaid-token | access-sandbox-{uuid}
planetscale-token | pscale_tkn_{w43}
postman-key | PMAK-{h24}-{h34}
prefect-key | pnu_{w36}
pulumi-token | pul-{h40}
putty-key | PuTTY-User-Key-File-3: ssh-rsa Lines: 6 {w60} | PuTTY-User-Key-File-
pypi-token | pypi-AgEIcHlwaS5vcmc{w100}
razorpay-key | rzp_live_{w14}
render-key | rnd_{w32}
replicate-token | r8_{w37}
resend-key | re_{w8}_{w24}
rubygems-key | rubygems_{h48}
scaleway-key | SCW{c17}
sendgrid-key | SG.{w22}.{w43}
sentry-app-token | sntrya_{h64}
sentry-dsn | https://{h32}:{h32}@o1.ingest.sentry.io/42 | https://{h32}@o1.ingest.sentry.io/42
sentry-integration-token | sntryi_{h64}
sentry-org-token | sntrys_{w120}
sentry-user-token | sntryu_{h64}
secret | <add key="DbPassword" value="{w16}" /> | <add key="PageSize" value="{w16}" />
secret | <input type="hidden" name="form_token" value="{w24}"> | <input name="city" value="{w24}">
shippo-token | shippo_live_{h40}
shopify-token | shpat_{h32}
slack-app-token | xapp-1-{c11}-{d12}-{h64}
slack-token | xoxb-{d12}-{d12}-{w24} | xoxb-{d5}
slack-webhook | https://hooks.slack.com/services/T{c8}/B{c8}/{w24}
sonar-token | squ_{h40}
square-access-token | EAAA{w60}
square-token | sq0atp-{w22}
stripe-key | sk_live_{w24}
supabase-key | sbp_{h40}
tailscale-key | tskey-auth-{w12}-{w32}
teams-webhook | https://x.webhook.office.com/webhookb2/{uuid}@{uuid}/IncomingWebhook/{h32}/{uuid}
telegram-token | {d9}:AA{w33}
terraform-token | {w14}.atlasv1.{w67}
together-key | tgp_v1_{w43}
twilio-key | SK{h32}
twitter-bearer | AAAAAAAAAAAAAAAAAAAAA{w90}
typeform-token | tfp_{w59}
vault-token | hvs.{w90}
vercel-token | vcp_{w56}
webhook-secret | whsec_{w32}
xai-key | xai-{w80}
zapier-webhook | https://hooks.zapier.com/hooks/catch/{d7}/{l7}/ | https://hooks.zapier.com/hooks/
email | jane.doe+x@mail.example.co.uk | icon@2x.png and pkg@1.2.3
ip-address | peer 203.0.113.77 said | peer 127.0.0.1 said 1.2.3 and 999.1.1.1
ip-address | [2001:db8::8a2e:370:7334]:443 | std::vector x[1::2] ::1 10:20:30
card | 4111 1111 1111 1111 | 4111 1111 1111 1112
card | 378282246310005 | 378282246310006
card | 5555-5555-5555-4444 | 1700000000000
"""


SHORTEST_CORE: Final = 8  # a shorter part is a count, a number or a checksum
# What of these is the secret, where the form does not tell by itself.
PARTS: Final = {
    "email": r"[\w.+]+@[\w.]+",
    "ip-address": r"[\d.]{12,}|[0-9a-f:]{20,}",
    "card": r"[\d -]+",
    "iban": r"[A-Z\d ]+",
    "sentry-dsn": r"(?<=:)[0-9a-f]{32}(?=@)",  # the first half is public
}


class Planted(NamedTuple):
    """`text` holds a secret of the kind; `near_miss` looks like it and is none. `cores` are the
    parts of the text that nobody may see."""

    kind: str
    text: str
    near_miss: str
    cores: tuple[str, ...] = ()


def planted() -> list[Planted]:
    """One of each form, the same ones every time."""
    dice = random.Random(7)  # noqa: S311 - test data
    rows = [[cell.strip() for cell in line.split(" | ")] for line in FORMS.split("\n") if line]
    made = [(kind, text, rest[0] if rest else _short(text)) for kind, text, *rest in rows]
    return [_planted(kind, text, miss, dice) for kind, text, miss in made] + [_private_key(dice)]


def _planted(kind: str, form: str, miss: str, dice: random.Random) -> Planted:
    marked = _filled(form, dice, marks=True)
    text = re.sub("[\0\1]", "", marked)
    joined = re.sub("\1([-_./:~]?)\0", r"\1", marked)  # `{w22}.{w43}` is one core
    told = re.findall(PARTS[kind], text) if kind in PARTS else re.findall("\0(.*?)\1", joined)
    cores = tuple(one for one in told if len(one) >= SHORTEST_CORE)
    return Planted(kind, text, _filled(miss, dice), cores)


def _short(text: str) -> str:
    return re.sub(r"\{([a-z])\d+\}", r"{\g<1>5}", text).replace("{uuid}", "{h5}")


def _filled(text: str, dice: random.Random, *, marks: bool = False) -> str:
    """With `marks`, what is random stands between \\0 and \\1."""
    text = text.replace("{uuid}", "{h8}-{h4}-{h4}-{h4}-{h12}")
    frame = "\0{}\1" if marks else "{}"
    return re.sub(
        r"\{([whcld])(\d+)\}",
        lambda hole: frame.format("".join(dice.choices(ALPHABETS[hole[1]], k=int(hole[2])))),
        text,
    )


def _private_key(dice: random.Random) -> Planted:
    lines = [_filled("{w64}", dice) for _ in range(4)] + [_filled("{w38}==", dice)]
    begin, end = (f"-----{word} RSA PRIVATE{' '}KEY-----" for word in ("BEGIN", "END"))
    text = "\n".join([begin, *lines, end])
    return Planted("private-key", text, "-----BEGIN CERTIFICATE-----\nMIIB", tuple(lines))
