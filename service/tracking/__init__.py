"""What jobs did, as the trackers of others are told of it. It never mentions routes."""
