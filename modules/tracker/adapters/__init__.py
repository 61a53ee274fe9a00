"""What acts: the tables, the trackers, the histories of a repository."""
