"""What does things on jobs for the window, and knows no pane."""
