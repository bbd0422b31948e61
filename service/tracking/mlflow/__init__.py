"""Jobs that have ended on their way to a tracking server of MLflow. It never mentions routes."""
