"""`suite.py [JUNIT]` runs pytest in the folder it is started in, without the plugins that happen to
be installed: they take longer to import than all tests here together."""

import os
import sys

os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

import pytest

if __name__ == "__main__":
    sys.path[0] = ""
    report = [f"--junitxml={sys.argv[1]}", "-o", "junit_family=xunit1"] if sys.argv[1:] else []
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "--rootdir=.", *report]))
