"""Messages of the experiment script and log records of the hub, as events among all others."""
