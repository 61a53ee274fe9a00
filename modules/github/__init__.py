"""GitHub's REST API: the few endpoints that repairs need. There is no merge here, on purpose."""
