"""What joins panes and controllers: each is handed the few that one duty needs."""
