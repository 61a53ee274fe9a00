#!/usr/bin/env bash
# Brings what `make test-agents` needs into .tools/ (git-ignored): coding agents, test doubles and a published schema, in the exact
# versions of package-lock.json, with no install script run, and bubblewrap and
# chromium into the system. A tool of another suite is one more block here.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .tools
cp tests/agents/package.json tests/agents/package-lock.json .tools/
(cd .tools && npm ci --ignore-scripts --no-audit --no-fund --silent)

# As a user that may install nothing, ask somebody who may.
bring() {
  [ "$(id -u)" = 0 ] || { echo "$1 is missing: sudo apt-get install $1" >&2; exit 1; }
  apt-get install --yes --quiet "$1" >/dev/null || { apt-get update --quiet >/dev/null && apt-get install --yes --quiet "$1" >/dev/null; }
}
command -v bwrap >/dev/null || bring bubblewrap # the sandbox
command -v chromium >/dev/null || command -v chromium-browser >/dev/null || bring chromium # tests/browser

# GitHub's own description of its API: 390 MB in many editions, of which some paths of one are asked for.
.venv/bin/python tests/agents/cut_schema.py .tools/node_modules/@octokit/openapi/generated/api.github.com.json .tools/github-openapi.json
rm -rf .tools/node_modules/@octokit

touch .tools/ready
