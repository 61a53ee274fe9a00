"""`python -m mcp_servers.sentry_monitor` is `sentry-monitor`."""

import sys

from mcp_servers.sentry_monitor.src.entry import main

sys.exit(main())
